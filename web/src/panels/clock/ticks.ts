import type { Milestone } from './milestones.svelte';
import type { Scale } from './scale';

/** Pixels between two ticks at least; what is nearer shares one. */
const APART = 3;

/** Where the ticks of moments up to `end` are, in pixels. */
export function ticks(
  moments: readonly Milestone[],
  scale: Scale,
  width: number,
  end: number,
): number[] {
  const places = new Set<number>();
  for (const { at } of moments) {
    if (at <= end) places.add(Math.round((scale.shareOf(at) * width) / APART) * APART);
  }
  return [...places];
}

/** The moment nearest to a place, if it is within some pixels. */
export function nearest(
  moments: readonly Milestone[],
  scale: Scale,
  width: number,
  x: number,
  within: number,
): Milestone | undefined {
  let found: Milestone | undefined;
  let distance = within;
  for (const moment of moments) {
    const away = Math.abs(scale.shareOf(moment.at) * width - x);
    if (away <= distance) [found, distance] = [moment, away];
  }
  return found;
}
