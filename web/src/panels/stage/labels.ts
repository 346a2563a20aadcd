import type { Geometry } from './geometry';
import type { Arrow, Mark } from './ladder';
import { BROKER } from './mark_text';
import { yOn } from './path';

/** By how much of its height a label stands above its line while its packet passes below. */
const ABOVE = 0.75;

/** Where the label of an arrow is. */
export interface LabelPlace {
  left: number;
  width: number;
  y: number;
}

/** A stretch of a column that is taken. */
interface Taken {
  top: number;
  bottom: number;
}

/**
 * Places the label of each arrow in its client's column, on its line; where another label or a mark
 * is there already, above or below it.
 */
export function placeLabels(
  arrows: readonly Arrow[],
  marks: readonly Mark[],
  geometry: Geometry,
  height: number,
  markHeight: number,
): Map<number, LabelPlace> {
  const taken = new Map<string, Taken[]>();
  const beside = innermost(geometry);
  for (const { lane, y } of marks) {
    const stretch = { top: y - markHeight / 2, bottom: y + markHeight / 2 };
    // A mark of the broker may reach into the columns beside it.
    for (const of of lane === BROKER ? beside : [lane]) take(taken, of, stretch);
  }
  const broker = geometry.column.get(BROKER);
  const places = new Map<number, LabelPlace>();
  for (const arrow of arrows) {
    const column = geometry.column.get(arrow.text.client);
    if (column === undefined || broker === undefined) continue;
    const { left, width } = column.room;
    const fromClient = Math.abs(left + width / 2 - column.x) / Math.abs(broker.x - column.x);
    const share = arrow.text.direction === 'to_broker' ? fromClient : 1 - fromClient;
    const isFlying = arrow.state === 'flying';
    const onLine = yOn(arrow.points, share) - (isFlying ? height * ABOVE : 0);
    const y = free(taken.get(column.lane) ?? [], onLine, height);
    take(taken, column.lane, { top: y - height / 2, bottom: y + height / 2 });
    places.set(arrow.packet, { left, width, y });
  }
  return places;
}

/** The place nearest to `y` at which nothing is. */
function free(taken: readonly Taken[], y: number, height: number): number {
  for (let distance = 0; distance < 6; distance += 1) {
    for (const sign of distance === 0 ? [1] : [1, -1]) {
      const at = y + sign * distance * (height / 2);
      const isFree = taken.every(
        ({ top, bottom }) => at + height / 2 <= top + 1 || at - height / 2 >= bottom - 1,
      );
      if (isFree) return at;
    }
  }
  return y;
}

function take(taken: Map<string, Taken[]>, lane: string, stretch: Taken): void {
  const list = taken.get(lane);
  if (list === undefined) taken.set(lane, [stretch]);
  else list.push(stretch);
}

/** The lanes on both sides of the broker. */
function innermost({ columns }: Geometry): string[] {
  const middle = columns.findIndex(({ side }) => side === 'middle');
  return [columns[middle - 1], columns[middle + 1]].flatMap((column) =>
    column === undefined ? [] : [column.lane],
  );
}
