/** The part of a whole that is left, from 0 to 1. */
export function share(left: number, whole: number): number {
  if (whole <= 0) return 0;
  return Math.max(0, Math.min(left / whole, 1));
}

/** A share in steps that the eye can tell apart, so that what is drawn seldom changes. */
export function steps(part: number, count = 200): number {
  return Math.ceil(part * count) / count;
}
