import { type Column, type Geometry } from './geometry';
import type { Arrow, Mark } from './ladder';
import { BROKER } from './mark_text';
import { yOn } from './path';

/** Pixels between a lane and a label beside it. */
const MARGIN = 9;

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

/** The part of a client's column that labels may fill. */
export function labelRoom(column: Column): { left: number; width: number } {
  const width = column.width - Math.abs(outer(column) - column.x) - 2 * MARGIN;
  return { left: column.side === 'left' ? column.x + MARGIN : column.left + MARGIN, width };
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
  for (const { lane, y } of marks) {
    take(taken, lane, { top: y - markHeight / 2, bottom: y + markHeight / 2 });
  }
  const broker = geometry.column.get(BROKER);
  const places = new Map<number, LabelPlace>();
  for (const arrow of arrows) {
    const column = geometry.column.get(arrow.text.client);
    if (column === undefined || broker === undefined) continue;
    const { left, width } = labelRoom(column);
    const fromClient = Math.abs(left + width / 2 - column.x) / Math.abs(broker.x - column.x);
    const share = arrow.text.direction === 'to_broker' ? fromClient : 1 - fromClient;
    const y = free(taken.get(column.lane) ?? [], yOn(arrow.points, share), height);
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
      const isFree = taken.every(({ top, bottom }) => at + height / 2 <= top + 1 || at - height / 2 >= bottom - 1);
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

function outer({ side, left, width }: Column): number {
  return side === 'left' ? left : left + width;
}
