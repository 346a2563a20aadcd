// All that the package offers.

export { Broker } from "./broker.js";
export { connector, type Connector } from "./connector.js";
export type { BrokerOptions, ModuleSource, PublishOptions, Settings } from "./options.js";
export type { EmitterPort, EventPort, PortIn, PortOut } from "./ports.js";
export type { Socket, SocketEvent } from "./socket.js";
export type { Transport } from "./transport.js";
export type * from "./types.js";
