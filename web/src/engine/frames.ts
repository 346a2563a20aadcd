import { FRAME_MS_MAX } from './bounds';

/** What the clock runs to by itself. */
export interface Run {
  /** The moment at which it stops. */
  until: number;
  /** Virtual milliseconds in a real one; infinite for as many as can be. */
  pace: number;
}

/** Calls back in each frame of the page, with the real milliseconds since the one before. */
export class Frames {
  #tick: (ms: number) => void;
  #frame: number | undefined;
  #last = 0;

  constructor(tick: (ms: number) => void) {
    this.#tick = tick;
  }

  start(): void {
    this.stop();
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#next);
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #next = (time: number): void => {
    const ms = Math.min(Math.max(time - this.#last, 0), FRAME_MS_MAX);
    this.#last = time;
    this.#frame = requestAnimationFrame(this.#next);
    this.#tick(ms);
  };
}
