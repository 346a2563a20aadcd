import { BROKER } from './mark_text';

/** Pixels for the times on the left. */
export const GUTTER = 84;
/** Pixels of a client's column. */
const COLUMN_MIN = 138;
const COLUMN_MAX = 340;
/** Columns narrower than this have their labels in two lines. */
const WIDE_MIN = 172;
const BROKER_MIN = 132;
const BROKER_MAX = 220;
/** Pixels between a client's lane and the outer edge of its column. */
const INSET = 22;

/** Where the lane of one party is. */
export interface Column {
  /** A client, or the broker. */
  lane: string;
  side: 'left' | 'middle' | 'right';
  left: number;
  width: number;
  /** The lane itself. */
  x: number;
  /** Where labels may stand. */
  room: { left: number; width: number };
}

/** Pixels between a lane and a label beside it. */
const MARGIN = 9;
/** Pixels by which labels next to the broker may reach into its column. */
const REACH = 30;

/** Where the lanes are. */
export interface Geometry {
  width: number;
  isCompact: boolean;
  columns: Column[];
  column: ReadonlyMap<string, Column>;
}

/**
 * Puts the broker in the middle and half of the clients on each side, so that an arrow crosses as
 * few lanes as can be. Each client's lane is on the outer side of its column: what is between it
 * and the next lane has room for the words on its arrows.
 */
export function geometry(clients: readonly string[], available: number): Geometry {
  const room = Math.max(available - GUTTER, 0);
  const broker = Math.round(Math.min(Math.max(room * 0.27, BROKER_MIN), BROKER_MAX));
  const share = clients.length === 0 ? 0 : (room - broker) / clients.length;
  const width = Math.floor(Math.min(Math.max(share, COLUMN_MIN), COLUMN_MAX));
  const onLeft = Math.ceil(clients.length / 2);
  const columns: Column[] = [];
  let left = GUTTER;
  for (const [index, lane] of clients.entries()) {
    if (index === onLeft) left = pushBroker(columns, left, broker);
    const side = index < onLeft ? 'left' : 'right';
    const isInner = index === onLeft - 1 || index === onLeft;
    columns.push(clientColumn(lane, side, left, width, isInner ? REACH : 0));
    left += width;
  }
  if (clients.length <= onLeft) left = pushBroker(columns, left, broker);
  const column = new Map(columns.map((column) => [column.lane, column]));
  return { width: left, isCompact: clients.length > 0 && width < WIDE_MIN, columns, column };
}

function clientColumn(
  lane: string,
  side: 'left' | 'right',
  left: number,
  width: number,
  reach: number,
): Column {
  const room = width - INSET - 2 * MARGIN + reach;
  return side === 'left'
    ? {
        lane,
        side,
        left,
        width,
        x: left + INSET,
        room: { left: left + INSET + MARGIN, width: room },
      }
    : {
        lane,
        side,
        left,
        width,
        x: left + width - INSET,
        room: { left: left + MARGIN - reach, width: room },
      };
}

function pushBroker(columns: Column[], left: number, width: number): number {
  const room = { left: left - REACH, width: width + 2 * REACH };
  columns.push({
    lane: BROKER,
    side: 'middle',
    left,
    width,
    x: left + Math.round(width / 2),
    room,
  });
  return left + width;
}
