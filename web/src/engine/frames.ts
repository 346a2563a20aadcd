import { FRAME_MS_MAX, STILL_STEP_MS } from './bounds';

/** What the clock runs to by itself. */
export interface Run {
  /** The moment at which it stops. */
  until: number;
  /** Virtual milliseconds in a real one; infinite for as many as can be. */
  pace: number;
}

/** How frames are gone through. */
export interface Pace {
  /** Whether each frame counts, since what is between the first and the last is not watched. */
  readonly isHurrying: boolean;
}

/**
 * Calls back in each frame of the page, with the real milliseconds since the one before. For
 * visitors who want nothing to move it calls less often: what moved goes on in steps.
 */
export class Frames {
  #tick: (ms: number) => void;
  #pace: Pace;
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  #frame: number | undefined;
  #last = 0;
  #passed = 0;

  constructor(tick: (ms: number) => void, pace: Pace) {
    this.#tick = tick;
    this.#pace = pace;
  }

  start(): void {
    this.stop();
    this.#passed = 0;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#next);
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #next = (time: number): void => {
    this.#passed += Math.min(Math.max(time - this.#last, 0), FRAME_MS_MAX);
    this.#last = time;
    this.#frame = requestAnimationFrame(this.#next);
    if (this.#still.matches && this.#passed < STILL_STEP_MS && !this.#pace.isHurrying) return;
    const ms = this.#passed;
    this.#passed = 0;
    this.#tick(ms);
  };
}
