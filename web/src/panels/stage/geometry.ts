import { BROKER } from './mark_text';

/** How much room things take at the least, in pixels. */
export interface Room {
  /** For the times on the left. */
  gutter: number;
  /** For a client's column. */
  column: number;
  broker: number;
  /** What share of the room is the broker's, if that is more. */
  share: number;
  /** Between a client's lane and the outer edge of its column. */
  inset: number;
  /** By which labels next to the broker may reach into its column. */
  reach: number;
}

export const USUAL: Room = {
  gutter: 84,
  column: 138,
  broker: 132,
  share: 0.27,
  inset: 22,
  reach: 30,
};
/** On a phone: two clients and the broker are seen at once. */
export const SMALL: Room = {
  gutter: 60,
  column: 112,
  broker: 74,
  share: 0.2,
  inset: 14,
  reach: 26,
};

/** Pixels of a column, however much room there is. */
const COLUMN_MAX = 340;
const BROKER_MAX = 220;
/** Columns narrower than this have their labels in two lines. */
const WIDE_MIN = 172;

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

/** Where the lanes are. */
export interface Geometry {
  width: number;
  /** Where the times on the left end. */
  gutter: number;
  isCompact: boolean;
  columns: Column[];
  column: ReadonlyMap<string, Column>;
}

/**
 * Puts the broker in the middle and half of the clients on each side, so that an arrow crosses as
 * few lanes as can be. Each client's lane is on the outer side of its column: what is between it
 * and the next lane has room for the words on its arrows.
 */
export function geometry(
  clients: readonly string[],
  available: number,
  least: Room = USUAL,
): Geometry {
  const { gutter, inset, reach } = least;
  const room = Math.max(available - gutter, 0);
  const broker = Math.round(Math.min(Math.max(room * least.share, least.broker), BROKER_MAX));
  const share = clients.length === 0 ? 0 : (room - broker) / clients.length;
  const width = Math.floor(Math.min(Math.max(share, least.column), COLUMN_MAX));
  const onLeft = Math.ceil(clients.length / 2);
  const columns: Column[] = [];
  let left = gutter;
  for (const [index, lane] of clients.entries()) {
    if (index === onLeft) left = pushBroker(columns, left, broker, reach);
    const side = index < onLeft ? 'left' : 'right';
    const isInner = index === onLeft - 1 || index === onLeft;
    columns.push(clientColumn(lane, side, left, width, inset, isInner ? reach : 0));
    left += width;
  }
  if (clients.length <= onLeft) left = pushBroker(columns, left, broker, reach);
  const column = new Map(columns.map((column) => [column.lane, column]));
  const isCompact = clients.length > 0 && width < WIDE_MIN;
  return { width: left, gutter, isCompact, columns, column };
}

function clientColumn(
  lane: string,
  side: 'left' | 'right',
  left: number,
  width: number,
  inset: number,
  reach: number,
): Column {
  const room = width - inset - 2 * MARGIN + reach;
  return side === 'left'
    ? {
        lane,
        side,
        left,
        width,
        x: left + inset,
        room: { left: left + inset + MARGIN, width: room },
      }
    : {
        lane,
        side,
        left,
        width,
        x: left + width - inset,
        room: { left: left + MARGIN - reach, width: room },
      };
}

function pushBroker(columns: Column[], left: number, width: number, reach: number): number {
  const room = { left: left - reach, width: width + 2 * reach };
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
