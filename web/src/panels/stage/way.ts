import type { Geometry } from './geometry';
import type { Arrow } from './ladder';
import { BROKER } from './mark_text';
import type { Point } from './path';

/** The two lanes that an arrow runs between, in pixels. */
export interface Way {
  from: number;
  to: number;
  client: number;
}

export function wayOf({ text }: Arrow, geometry: Geometry): Way {
  const client = geometry.column.get(text.client)?.x ?? 0;
  const broker = geometry.column.get(BROKER)?.x ?? 0;
  return text.direction === 'to_broker'
    ? { from: client, to: broker, client }
    : { from: broker, to: client, client };
}

/** How far to the right a share of the way is. */
export function xOn({ from, to }: Way, share: number): number {
  return from + (to - from) * share;
}

/** The points as a path of SVG. */
export function pathOf(points: readonly Point[], way: Way): string {
  return points
    .map(
      ({ share, y }, index) =>
        `${index === 0 ? 'M' : 'L'}${xOn(way, share).toFixed(1)} ${y.toFixed(1)}`,
    )
    .join('');
}
