import type { ExplainedEntry, LossCause } from 'afterlink-wasm';

import { Drawing } from './drawing';
import type { MarkText } from './mark_text';
import type { PacketText } from './packet_text';
import { flightPath, type Point } from './path';
import { Rows } from './rows';

/** What is drawn at most: arrows and marks. Older ones stand in the log. */
export const DRAWN_MAX = 300;

/** A packet in flight, as the links tell. */
export interface Flight {
  packet: number;
  /** When it arrives; absent while it is stuck. */
  arrivesAt: number | undefined;
  isHeld: boolean;
  isCut: boolean;
}

/** How high things are drawn, in pixels. */
export interface Metrics {
  arrow: number;
  mark: number;
}

export type ArrowState = 'delivered' | 'lost' | 'flying' | 'held' | 'stuck';

/** Whether a packet is on its way still, moving or not. */
export function isUnderWay({ state }: Pick<Arrow, 'state'>): boolean {
  return state !== 'delivered' && state !== 'lost';
}

/** A packet's way from lane to lane. */
export interface Arrow {
  packet: number;
  text: PacketText;
  state: ArrowState;
  /** Where it goes: the share of the way it has made, and how far down. */
  points: Point[];
  /** Why it was lost. */
  cause: LossCause | undefined;
  /** When it arrives, arrived or was lost. */
  endsAt: number | undefined;
  isCut: boolean;
  isDelayed: boolean;
  wasHeld: boolean;
  /** Whether the client's application was given the message, or had it already. */
  handed: 'message' | 'repeat' | undefined;
  sent: ExplainedEntry | undefined;
}

/** A change of state on a lane. */
export interface Mark extends MarkText {
  entry: ExplainedEntry;
  /** How many of the same there are at this moment. */
  count: number;
  y: number;
}

/** A part of a lane. */
export interface Span {
  lane: string;
  from: number;
  /** Absent for one that lasts. */
  to: number | undefined;
  state: LaneState;
}

/** How a client's lane stands, and how the broker's: up or down. */
export type LaneState = 'offline' | 'connecting' | 'connected' | 'up' | 'down';

/** All that is drawn below the lanes' heads. */
export interface Ladder {
  rows: Rows;
  arrows: Arrow[];
  marks: Mark[];
  spans: Span[];
  /** Whether there is more than is drawn. */
  isCutOff: boolean;
}

export interface LadderInput {
  entries: readonly ExplainedEntry[];
  flights: readonly Flight[];
  now: number;
  metrics: Metrics;
  /** How each lane stands now. */
  states: ReadonlyMap<string, LaneState>;
  packet: (number: number) => PacketText | undefined;
}

/**
 * Lays out what has happened in the order in which it has, not on a scale of time: each moment
 * has the room it needs, and a long time without anything has little.
 */
export function ladder(input: LadderInput): Ladder {
  const first = firstDrawn(input.entries);
  const entries = first === 0 ? input.entries : input.entries.slice(first);
  const drawing = new Drawing(entries, input.packet);
  for (const flight of input.flights) drawing.fly(flight, input.now);
  const rows = new Rows(drawing.rows(), input.metrics);

  const arrows: Arrow[] = [];
  let heldAhead: { lane: string; share: number } | undefined;
  for (const draft of drawing.arrows()) {
    const lane = `${draft.text.direction} ${draft.text.client}`;
    const behind = heldAhead?.lane === lane ? heldAhead.share : undefined;
    const points = flightPath(draft, rows, drawing.cutAt(draft.text.client), behind);
    if (draft.state === 'held' || (draft.state === 'stuck' && behind !== undefined)) {
      heldAhead = { lane, share: points.at(-1)?.share ?? 0 };
    }
    arrows.push({
      packet: draft.text.packet,
      text: draft.text,
      state: draft.state,
      points,
      cause: draft.cause,
      endsAt: draft.end?.at,
      isCut: draft.isCut,
      isDelayed: draft.isDelayed,
      wasHeld: draft.holds.length > 0,
      handed: draft.handed,
      sent: draft.sent,
    });
  }
  const marks = drawing.marks().map(({ place, ...mark }) => ({ ...mark, y: rows.markAt(place) }));
  const spans = drawing.spans(input.states).map((span) => ({
    lane: span.lane,
    state: span.state,
    from: span.from === undefined ? 0 : rows.momentAt(span.from),
    to: span.to === undefined ? undefined : rows.momentAt(span.to),
  }));
  return { rows, arrows, marks, spans, isCutOff: first > 0 };
}

/** The index from which on there are `DRAWN_MAX` things to draw. */
function firstDrawn(entries: readonly ExplainedEntry[]): number {
  let drawn = 0;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const kind = entries[index]?.entry.what.entry;
    if (kind === 'packet_sent' || kind === 'broker' || kind === 'timer') drawn += 1;
    if (drawn > DRAWN_MAX) return index + 1;
  }
  return 0;
}
