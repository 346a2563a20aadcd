// What the engine asks to be done for connections, read from the one piece it comes in.

const HEAD_BYTES = 16;
const READ_OFF = 1;
const READ_ON = 2;
const CLOSE = 4;

/** What is to be done for one connection, in this order. */
export interface Task {
  readonly connection: number;
  /** Bytes to send. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether to read from now on, if anything was said of it. */
  readonly isReading: boolean | undefined;
  /** Whether it is to be ended. */
  readonly isEnded: boolean;
}

/** The tasks in a batch. */
export function* tasksIn(batch: Uint8Array<ArrayBuffer>): Generator<Task> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  let at = 0;
  while (at < batch.length) {
    const connection = view.getFloat64(at, true);
    const flags = view.getUint32(at + 8, true);
    const start = at + HEAD_BYTES;
    at = start + view.getUint32(at + 12, true);
    yield {
      connection,
      bytes: batch.slice(start, at),
      isReading: flags & READ_ON ? true : flags & READ_OFF ? false : undefined,
      isEnded: (flags & CLOSE) !== 0,
    };
  }
}
