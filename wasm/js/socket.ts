// The client's end of a connection, in the shape of a WebSocket.

import { call } from "./listener.js";
import { Sending } from "./sending.js";
import { soon } from "./soon.js";
import { type Wire } from "./wire.js";

/** What is told to a listener of a socket. */
export interface SocketEvent {
  readonly type: "open" | "message" | "close" | "error";
  readonly target: Socket;
  /** Bytes of a message. */
  readonly data?: ArrayBuffer;
  /** Of a close: whether the connection was ended in words. */
  readonly wasClean?: boolean;
}

type Listener = (event: SocketEvent) => void;
type Kind = SocketEvent["type"];

/**
 * A connection to a broker, as a client sees it: what of a WebSocket MQTT clients use. Bytes always
 * come as ArrayBuffer.
 */
export class Socket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  /** Taken note of, and without effect. */
  binaryType = "arraybuffer";
  readonly protocol = "mqtt";
  readonly extensions = "";
  readonly url = "";
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onclose: Listener | null = null;
  onerror: Listener | null = null;

  readonly #wire: Wire;
  readonly #sending: Sending;
  readonly #listeners = new Map<Kind, Set<Listener>>();
  #state: 0 | 1 | 2 | 3 = 0;
  #isFlushDue = false;
  /** Bytes that came and that the broker is not yet told of. */
  #taken = 0;

  /** @internal */
  constructor(wire: Wire) {
    this.#wire = wire;
    this.#sending = new Sending(wire);
    wire.listen((message) => this.#heard(message));
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /** Bytes that wait for the broker to have room. */
  get bufferedAmount(): number {
    return this.#sending.bytes;
  }

  addEventListener(type: Kind, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(type, listeners);
  }

  removeEventListener(type: Kind, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  /** Sends bytes, which are copied. Throws before the socket is open; does nothing afterwards. */
  send(data: ArrayBuffer | ArrayBufferView | string): void {
    if (this.#state === 0) throw new Error("the socket is not open yet");
    if (this.#state !== 1) return;
    this.#sending.add(copied(data));
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    // What is sent piece by piece crosses at once.
    queueMicrotask(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  /** Sends what waits, then ends the connection. */
  close(): void {
    if (this.#state >= 2) return;
    this.#state = 2;
    this.#flush();
  }

  #heard(message: unknown): void {
    if (this.#state === 3) return;
    if (message instanceof ArrayBuffer) {
      if (this.#taken === 0) queueMicrotask(() => this.#tellTaken());
      this.#taken += message.byteLength;
      if (this.#state === 1) this.#tell({ type: "message", target: this, data: message });
    } else if (typeof message === "number") {
      this.#sending.grant(message);
      if (this.#state === 0) {
        this.#state = 1;
        this.#tell({ type: "open", target: this });
      }
      this.#flush();
    } else {
      this.#end(message === null);
    }
  }

  #tellTaken(): void {
    const taken = this.#taken;
    this.#taken = 0;
    if (this.#state !== 3) this.#wire.post(taken);
  }

  #flush(): void {
    if (this.#state === 3) return;
    this.#sending.flush();
    if (this.#state === 2 && this.#sending.bytes === 0) {
      this.#wire.post(null);
      this.#state = 3;
      soon(() => this.#tell({ type: "close", target: this, wasClean: true }));
    }
  }

  #end(wasClean: boolean): void {
    this.#state = 3;
    this.#wire.cut();
    this.#tell({ type: "close", target: this, wasClean });
  }

  #tell(event: SocketEvent): void {
    call(this[`on${event.type}`], event);
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) call(listener, event);
  }
}

function copied(data: ArrayBuffer | ArrayBufferView | string): Uint8Array {
  if (typeof data === "string") return new TextEncoder().encode(data);
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}
