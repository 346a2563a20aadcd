/** Counts what comes within a second. */
export class Rate {
  #max: number;
  #second = Number.NaN;
  #count = 0;

  /** `max` may come within a second. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one more at a time in milliseconds. Whether it may come. */
  take(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count += 1;
    return this.#count <= this.#max;
  }
}
