// What a port has to be able to do, whoever made it: a browser's MessagePort, a SharedWorker's,
// Node's, or a Worker of either.

/** A port that messages can be sent through. */
export interface PortOut {
  postMessage(message: unknown, transfer: never[]): void;
}

/** A port that messages come out of, as browsers and Node's MessagePort tell of them. */
export interface EventPort {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  removeEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  start?(): void;
}

/** A port that messages come out of, as Node's Worker tells of them. */
export interface EmitterPort {
  on(type: "message", listener: (message: unknown) => void): unknown;
  off(type: "message", listener: (message: unknown) => void): unknown;
}

/** A port that messages come out of. */
export type PortIn = EventPort | EmitterPort;
