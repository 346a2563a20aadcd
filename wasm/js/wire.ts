// A wire: what both ends of a connection say to each other, through a port or in one place.
//
// Bytes are an ArrayBuffer. A number says that so many more bytes may be sent to this end; `null`
// ends the connection, and nothing follows.

import { watch } from "./lock.js";
import { soon } from "./soon.js";

/** What goes over a wire. */
export type WireMessage = ArrayBuffer | number | null;

/** One end of a wire. */
export interface Wire {
  /** Sends; an ArrayBuffer is given away. */
  post(message: WireMessage): void;
  /** Hears what comes, and `null` too when the other end is gone without a word. */
  listen(listener: (message: unknown) => void): void;
  /** Cuts it. */
  cut(): void;
}

/** A wire through a MessagePort. */
export class PortWire implements Wire {
  readonly #port: MessagePort;
  readonly #lock: string | undefined;
  readonly #over = new AbortController();
  #listener: ((message: unknown) => void) | undefined;

  /** `lock` is held by the other end as long as it is there. */
  constructor(port: MessagePort, lock?: string) {
    this.#port = port;
    this.#lock = lock;
  }

  /** Comes when it is over: cut, or ended from here. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  post(message: WireMessage): void {
    if (message === null) this.#over.abort();
    this.#port.postMessage(message, message instanceof ArrayBuffer ? [message] : []);
  }

  listen(listener: (message: unknown) => void): void {
    this.#listener = listener;
    this.#port.addEventListener("message", ({ data }) => this.#listener?.(data));
    this.#port.addEventListener("messageerror", () => this.#listener?.(undefined));
    // Not all browsers tell that the other end is gone; then Keep Alive finds out.
    this.#port.addEventListener("close", () => this.#listener?.(null));
    this.#port.start();
    if (this.#lock) watch(this.#lock, this.over, () => this.#listener?.(null));
  }

  cut(): void {
    this.#over.abort();
    this.#listener = undefined;
    this.#port.close();
  }
}

/** Both ends of a wire that leads nowhere else. */
export function wirePair(): [Wire, Wire] {
  const one = new NearWire();
  const other = new NearWire();
  one.other = other;
  other.other = one;
  return [one, other];
}

class NearWire implements Wire {
  other: NearWire | undefined;
  #messages: WireMessage[] = [];
  #listener: ((message: unknown) => void) | undefined;

  post(message: WireMessage): void {
    const { other } = this;
    if (!other) return;
    other.#messages.push(message);
    if (other.#messages.length === 1) soon(() => other.#deliver());
  }

  listen(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  cut(): void {
    this.#listener = undefined;
    this.other = undefined;
  }

  #deliver(): void {
    const messages = this.#messages;
    this.#messages = [];
    for (const message of messages) this.#listener?.(message);
  }
}
