// The clock, and the one timer that the broker waits by.

/** Milliseconds that a timer can wait. */
const DELAY_MAX = 2 ** 31 - 1;

/** Wall-clock time as it was at the start, moved on by a monotonic clock: milliseconds since the
 * Unix epoch. A system clock that is set neither freezes nor fires timers. */
export function now(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}

/** A timer for the broker's next deadline. */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;
  #isHolding = false;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings no later than `at`. One that is set for an earlier moment stays: to ring too early
   * costs less than to be set anew whenever a deadline moves. */
  set(at: number | undefined): void {
    if (at === undefined || (this.#timer !== undefined && this.#at <= at)) return;
    this.clear();
    this.#at = at;
    const delay = Math.min(Math.max(at - now(), 0), DELAY_MAX);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#at = Infinity;
      this.#ring();
    }, delay);
    this.hold(this.#isHolding);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
  }

  /** Whether Node has to go on running for it. */
  hold(isHolding: boolean): void {
    this.#isHolding = isHolding;
    const timer: unknown = this.#timer;
    if (typeof timer !== "object" || timer === null) return;
    const { ref, unref } = timer as { ref?: () => void; unref?: () => void };
    (isHolding ? ref : unref)?.call(timer);
  }
}
