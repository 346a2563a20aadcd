// Bytes on their way into a wire: gathered, and sent as far as the other end has room.

import { type Wire } from "./wire.js";

/** Bytes of one message on a wire at most, so that it fits into any room that is given. */
export const MESSAGE_BYTES_MAX = 64 * 1024;

/** What waits to be sent. */
export class Sending {
  readonly #wire: Wire;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #room = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds bytes that nobody else changes any more. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }

  /** The other end has room for more. */
  grant(bytes: number): void {
    this.#room += bytes;
  }

  /** Sends what there is room for. */
  flush(): void {
    while (this.#bytes > 0 && this.#room > 0) {
      const len = Math.min(this.#bytes, this.#room, MESSAGE_BYTES_MAX);
      this.#wire.post(this.#take(len));
      this.#bytes -= len;
      this.#room -= len;
    }
  }

  #take(len: number): ArrayBuffer {
    const message = new Uint8Array(len);
    let at = 0;
    let used = 0;
    while (at < len) {
      const first = this.#waiting[used] as Uint8Array;
      const part = first.subarray(0, len - at);
      message.set(part, at);
      at += part.length;
      if (part.length === first.length) used += 1;
      else this.#waiting[used] = first.subarray(part.length);
    }
    this.#waiting.splice(0, used);
    return message.buffer;
  }
}
