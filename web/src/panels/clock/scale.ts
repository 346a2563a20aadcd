/** Segments a scale has at most; what lies between is on a line. */
const SEGMENTS_MAX = 200;
/** How many times a usual time between two moments is drawn to scale; longer ones are bent. */
const USUAL_TIMES = 4;
/** The largest share of the width that one time without anything may take. */
const SHARE_MAX = 0.35;
/** How many times too short a time has to be drawn to be marked as bent. */
const BENT = 1.5;

/**
 * A scale of time that keeps every moment of note within reach.
 *
 * It is even where what happens is spread evenly. A time that is much longer than is usual between
 * two moments grows with its logarithm only, so that ten years do not squeeze all else to nothing.
 */
export class Scale {
  /** Ends of segments, from the start to the end of what is known. */
  readonly #at: number[];
  /** The share of the width that lies before each. */
  readonly #share: number[];
  /** The middles, as shares of the width, of the parts that are drawn shorter than they are. */
  readonly bends: number[];

  /** `moments` may be in any order, and lie anywhere. */
  constructor(start: number, end: number, moments: readonly number[]) {
    const within = moments.filter((at) => at > start && at < end).sort((one, other) => one - other);
    const at = thin([start, ...new Set(within), Math.max(end, start)]);
    const lengths = at.slice(1).map((moment, index) => moment - (at[index] ?? moment));
    const { widths, isBent } = widen(lengths);
    const whole = widths.reduce((sum, width) => sum + width, 0);
    const share = [0];
    for (const width of widths) share.push((share.at(-1) ?? 0) + (whole > 0 ? width / whole : 0));
    this.#at = at;
    this.#share = share;
    this.bends = isBent.flatMap((bent, index) =>
      bent ? [((share[index] ?? 0) + (share[index + 1] ?? 0)) / 2] : [],
    );
  }

  /** The share of the width that lies before a moment. */
  shareOf(at: number): number {
    return interpolate(this.#at, this.#share, at);
  }

  /** The moment at a share of the width. */
  momentAt(share: number): number {
    return interpolate(this.#share, this.#at, Math.min(Math.max(share, 0), 1));
  }
}

/** Leaves out moments until there are few enough, but for the first and the last. */
function thin(at: readonly number[]): number[] {
  if (at.length <= SEGMENTS_MAX + 1) return [...at];
  const every = (at.length - 1) / SEGMENTS_MAX;
  return Array.from({ length: SEGMENTS_MAX + 1 }, (_, index) => at[Math.round(index * every)] ?? 0);
}

function widen(lengths: readonly number[]): { widths: number[]; isBent: boolean[] } {
  const sorted = lengths.filter((length) => length > 0).sort((one, other) => one - other);
  const usual = (sorted[Math.floor((sorted.length - 1) / 2)] ?? 1) * USUAL_TIMES;
  const eased = lengths.map((length) =>
    length <= usual ? length : usual * (1 + Math.log(length / usual)),
  );
  const whole = eased.reduce((sum, width) => sum + width, 0);
  const others = whole - Math.max(...eased);
  // Of two parts, one is always the larger: only among more does a part take too much.
  const bound =
    lengths.length > 2 && others > 0 ? (others * SHARE_MAX) / (1 - SHARE_MAX) : Infinity;
  const widths = eased.map((width) => Math.min(width, bound));
  return {
    widths,
    isBent: lengths.map((length, index) => length > BENT * (widths[index] ?? length)),
  };
}

/** The value at `x` of the line through the points; behind its ends it stays what it is there. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (high < 0) return 0;
  if (x <= (xs[0] ?? 0)) return ys[0] ?? 0;
  if (x >= (xs[high] ?? 0)) return ys[high] ?? 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle;
    else high = middle;
  }
  const [x0, x1] = [xs[low] ?? 0, xs[high] ?? 0];
  const [y0, y1] = [ys[low] ?? 0, ys[high] ?? 0];
  return x1 > x0 ? y0 + (y1 - y0) * ((x - x0) / (x1 - x0)) : y0;
}
