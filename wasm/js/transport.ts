// How MQTT.js is told to use a socket of ours.

import { type Socket } from "./socket.js";

/** Options for MQTT.js: `mqtt.connect("ws://broker", { ...transport })`. */
export interface Transport {
  /** Opens a connection, whatever the address says. */
  readonly createWebsocket: () => Socket;
  /** Has MQTT.js take it in Node as it does in browsers. */
  readonly forceNativeWebSocket: true;
  /** Milliseconds after which MQTT.js looks again whether there is room. */
  readonly browserBufferTimeout: number;
}

/** The options that have MQTT.js connect so. */
export function transport(connect: () => Socket): Transport {
  return { createWebsocket: connect, forceNativeWebSocket: true, browserBufferTimeout: 10 };
}
