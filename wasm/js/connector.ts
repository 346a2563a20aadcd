// Connections to a broker on the other side of a port.

import { type Knock } from "./knock.js";
import { hold } from "./lock.js";
import { type PortOut } from "./ports.js";
import { Socket } from "./socket.js";
import { transport, type Transport } from "./transport.js";
import { PortWire } from "./wire.js";

/** Opens connections to the broker that the other side of a port is attached to. */
export interface Connector {
  /** Opens a connection. */
  connect(): Socket;
  /** Options for MQTT.js that make it connect here. */
  readonly transport: Transport;
}

/** Opens connections through a port, of which the other side is attached to a broker. */
export function connector(port: PortOut): Connector {
  const connect = (): Socket => {
    const { port1, port2 } = new MessageChannel();
    const wire = new PortWire(port1);
    const over = new Promise<void>((resolve) => {
      wire.over.addEventListener("abort", () => resolve());
    });
    hold(over, (lock) => {
      const knock: Knock = { afterlink: "connect", port: port2, lock };
      port.postMessage(knock, [port2] as never[]);
    });
    return new Socket(wire);
  };
  return { connect, transport: transport(connect) };
}
