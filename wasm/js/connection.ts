// The broker's end of a connection.

import { type Wire } from "./wire.js";

/** Bytes that a client may have sent and the broker has not yet taken. */
export const RECEIVE_WINDOW_BYTES = 256 * 1024;

/** What a connection tells the broker of. */
export interface Hearer {
  received(connection: Connection, bytes: Uint8Array): void;
  flushed(connection: Connection, len: number): void;
  closed(connection: Connection): void;
}

/** A connection with what it holds back. */
export class Connection {
  readonly id: number;
  readonly #wire: Wire;
  readonly #hearer: Hearer;
  #isReading = true;
  #isOver = false;
  /** What came while it was not read from. */
  #held: Uint8Array[] = [];
  /** Bytes that may still come. */
  #window = RECEIVE_WINDOW_BYTES;
  /** Bytes that were sent and have not left. */
  #unflushed = 0;

  constructor(id: number, wire: Wire, hearer: Hearer) {
    this.id = id;
    this.#wire = wire;
    this.#hearer = hearer;
    wire.listen((message) => this.#heard(message));
    wire.post(RECEIVE_WINDOW_BYTES);
  }

  /** Sends bytes that belong to nobody else. */
  send(bytes: ArrayBuffer): void {
    if (this.#isOver) return;
    this.#unflushed += bytes.byteLength;
    this.#wire.post(bytes);
  }

  /** Whether to read; what was held back is read now. */
  set isReading(isReading: boolean) {
    this.#isReading = isReading;
    while (this.#isReading && !this.#isOver) {
      const bytes = this.#held.shift();
      if (!bytes) break;
      this.#take(bytes);
    }
  }

  /** Ends it, after what was sent. */
  end(): void {
    if (this.#isOver) return;
    this.#wire.post(null);
    this.#isOver = true;
    this.#held = [];
  }

  #heard(message: unknown): void {
    if (this.#isOver) {
      if (message === null) this.#wire.cut();
    } else if (message instanceof ArrayBuffer && message.byteLength <= this.#window) {
      this.#window -= message.byteLength;
      const bytes = new Uint8Array(message);
      if (this.#isReading) this.#take(bytes);
      else if (bytes.length > 0) this.#held.push(bytes);
    } else if (isCount(message) && message <= this.#unflushed) {
      this.#unflushed -= message;
      this.#hearer.flushed(this, message);
    } else {
      // It is gone, or it does not keep to what was agreed.
      this.#isOver = true;
      this.#held = [];
      this.#wire.cut();
      this.#hearer.closed(this);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#hearer.received(this, bytes);
    this.#window += bytes.length;
    if (!this.#isOver && bytes.length > 0) this.#wire.post(bytes.length);
  }
}

function isCount(message: unknown): message is number {
  return typeof message === "number" && Number.isSafeInteger(message) && message > 0;
}
