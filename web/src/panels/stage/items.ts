import type { Sight } from './follower.svelte';
import type { LabelPlace } from './labels';
import { type Arrow, isUnderWay, type Ladder, type Mark } from './ladder';

/** What can be looked at on the ladder. */
export type Item =
  | { kind: 'arrow'; key: string; y: number; arrow: Arrow; place: LabelPlace }
  | { kind: 'mark'; key: string; y: number; mark: Mark };

/**
 * The number of the entry that tells of an item; packets sent before all that is drawn come
 * first.
 */
export function entryOf(item: Item): number {
  return item.kind === 'mark'
    ? item.mark.entry.entry.number
    : (item.arrow.sent?.entry.number ?? -1);
}

/** Whether any part of an arrow is in sight; one that is on its way goes down to the present. */
export function crosses(arrow: Arrow, sight: Sight, yNow: number): boolean {
  const top = arrow.points[0]?.y ?? 0;
  const last = arrow.points.at(-1)?.y ?? top;
  const bottom = isUnderWay(arrow) ? Math.max(last, yNow) : last;
  return bottom >= sight.top && top <= sight.bottom;
}

/** All that can be looked at, from top to bottom. */
export function itemsOf(
  { arrows, marks }: Ladder,
  places: ReadonlyMap<number, LabelPlace>,
): Item[] {
  const items: Item[] = marks.map((mark) => ({
    kind: 'mark',
    key: `m${mark.entry.entry.number}`,
    y: mark.y,
    mark,
  }));
  for (const arrow of arrows) {
    const place = places.get(arrow.packet);
    if (place !== undefined)
      items.push({ kind: 'arrow', key: `p${arrow.packet}`, y: place.y, arrow, place });
  }
  return items.sort((one, other) => one.y - other.y);
}
