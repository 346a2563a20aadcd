import type { LabelPlace } from './labels';
import type { Arrow, Ladder, Mark } from './ladder';

/** What can be looked at on the ladder. */
export type Item =
  | { kind: 'arrow'; key: string; y: number; arrow: Arrow; place: LabelPlace }
  | { kind: 'mark'; key: string; y: number; mark: Mark };

/** The number of the entry that tells of an item; packets sent before all that is drawn come first. */
export function entryOf(item: Item): number {
  return item.kind === 'mark' ? item.mark.entry.entry.number : (item.arrow.sent?.entry.number ?? -1);
}

/** All that can be looked at, from top to bottom. */
export function itemsOf({ arrows, marks }: Ladder, places: ReadonlyMap<number, LabelPlace>): Item[] {
  const items: Item[] = marks.map((mark) => ({ kind: 'mark', key: `m${mark.entry.entry.number}`, y: mark.y, mark }));
  for (const arrow of arrows) {
    const place = places.get(arrow.packet);
    if (place !== undefined) items.push({ kind: 'arrow', key: `p${arrow.packet}`, y: place.y, arrow, place });
  }
  return items.sort((one, other) => one.y - other.y);
}
