import type { ClientEvent, Entry, ExplainedEntry, LossCause } from 'afterlink-wasm';

import type { ArrowState, Flight, LaneState } from './ladder';
import { BROKER, markText, type MarkText } from './mark_text';
import type { PacketText } from './packet_text';
import { type Band, type Place, RowDraft } from './rows';

/** The end of an arrow on a lane. */
interface ArrowEnd {
  at: number;
  place: Place;
}

/** An arrow before it is known how far down everything stands. */
export interface ArrowDraft {
  text: PacketText;
  state: ArrowState;
  start: ArrowEnd | undefined;
  end: ArrowEnd | undefined;
  /** When it would arrive if nothing kept it back; what delays it by command included. */
  nominal: number | undefined;
  holds: { from: number; to: number | undefined }[];
  cause: LossCause | undefined;
  isCut: boolean;
  isDelayed: boolean;
  handed: 'message' | 'repeat' | undefined;
  sent: ExplainedEntry | undefined;
}

interface MarkDraft extends MarkText {
  entry: ExplainedEntry;
  count: number;
  place: Place;
}

/** A moment, and the row in which it is if it has one. */
export interface Moment {
  at: number;
  row: number | undefined;
}

interface Change extends Moment {
  state: LaneState;
}

interface SpanDraft {
  lane: string;
  state: LaneState;
  /** Absent for one that began before all that is drawn. */
  from: Moment | undefined;
  /** Absent for one that lasts. */
  to: Moment | undefined;
}

/** How a lane stood before it came to stand like this. */
const BEFORE: Record<LaneState, LaneState> = {
  connecting: 'offline',
  connected: 'connecting',
  offline: 'connected',
  up: 'down',
  down: 'up',
};

/**
 * Sorts the entries of a trace into rows: a row has first what arrives, then changes of state, then
 * what leaves. The end of a packet that left in the row begins a new one, and so does what comes of
 * a command but would stand above what was there before it.
 */
export class Drawing {
  #packet: (number: number) => PacketText | undefined;
  #rows: RowDraft[] = [];
  #arrows = new Map<number, ArrowDraft>();
  #marks: MarkDraft[] = [];
  #changes = new Map<string, Change[]>();
  #cuts = new Map<string, number>();
  /** The packet that a client has taken last, and in which step. */
  #taken = new Map<string, { step: number; arrow: ArrowDraft }>();
  /** Messages that leave the queue in the step in which they come: they are never seen to wait. */
  #passing: ReadonlySet<string>;

  constructor(
    entries: readonly ExplainedEntry[],
    packet: (number: number) => PacketText | undefined,
  ) {
    this.#packet = packet;
    this.#passing = new Set(
      entries.flatMap(({ entry }) => {
        const key = passage(entry, 'message_sent');
        return key === undefined ? [] : [key];
      }),
    );
    for (const entry of entries) this.#add(entry);
  }

  rows(): RowDraft[] {
    return this.#rows;
  }

  arrows(): ArrowDraft[] {
    return [...this.#arrows.values()];
  }

  marks(): MarkDraft[] {
    return this.#marks;
  }

  /** When the link of a client was cut last. */
  cutAt(client: string): number | undefined {
    return this.#cuts.get(client);
  }

  /** How lanes stood from when to when; `states` tells how they stand now. */
  spans(states: ReadonlyMap<string, LaneState>): SpanDraft[] {
    return [...states].flatMap(([lane, state]) => {
      const changes = this.#changes.get(lane) ?? [];
      const first = changes[0];
      const before = first === undefined ? state : BEFORE[first.state];
      const spans: SpanDraft[] = [{ lane, state: before, from: undefined, to: first }];
      for (const [index, change] of changes.entries()) {
        spans.push({ lane, state: change.state, from: change, to: changes[index + 1] });
      }
      return spans;
    });
  }

  #add(entry: ExplainedEntry): void {
    this.#note(entry);
    const { what, at } = entry.entry;
    switch (what.entry) {
      case 'packet_sent': {
        const text = this.#packet(what.packet);
        if (text === undefined) return;
        const arrow = this.#arrow(text);
        const lane = text.direction === 'to_broker' ? text.client : BROKER;
        arrow.start = { at, place: this.#place(at, lane, 'departures', text.client) };
        arrow.nominal = what.arrives_at;
        arrow.sent = entry;
        this.#rows.at(-1)?.sent.add(what.packet);
        return;
      }
      case 'packet_delivered':
        this.#end(entry, what.packet, undefined);
        return;
      case 'packet_lost':
        this.#end(entry, what.packet, what.cause);
        return;
      case 'packet_held':
        this.#known(what.packet)?.holds.push({ from: at, to: undefined });
        return;
      case 'packet_released': {
        const hold = this.#known(what.packet)?.holds.at(-1);
        if (hold !== undefined) hold.to = at;
        return;
      }
      case 'packet_delayed': {
        const arrow = this.#known(what.packet);
        if (arrow === undefined) return;
        arrow.nominal = what.arrives_at;
        arrow.isDelayed = true;
        return;
      }
      case 'client':
        this.#hand(what.client, what.event, entry.entry.step);
        this.#mark(entry);
        return;
      case 'commanded':
        if (this.#rows.at(-1)?.at === at) this.#rows.at(-1)?.harden();
        this.#mark(entry);
        return;
      default:
        this.#mark(entry);
    }
  }

  /** Adds the way of a packet in flight that lies ahead. */
  fly(flight: Flight, now: number): void {
    const arrow = this.#known(flight.packet);
    if (arrow === undefined || arrow.end !== undefined) return;
    arrow.isCut = flight.isCut;
    arrow.state = flight.isHeld ? 'held' : 'stuck';
    if (flight.arrivesAt === undefined) return;
    const at = Math.max(flight.arrivesAt, now);
    const { text } = arrow;
    const lane = text.direction === 'to_broker' ? BROKER : text.client;
    arrow.state = 'flying';
    arrow.end = { at, place: this.#placeAhead(at, lane, text.client) };
  }

  #end(entry: ExplainedEntry, packet: number, cause: LossCause | undefined): void {
    const arrow = this.#known(packet);
    if (arrow === undefined) return;
    const { at } = entry.entry;
    const { client, direction } = arrow.text;
    if (this.#rows.at(-1)?.sent.has(packet) === true) this.#rows.push(new RowDraft(at, false));
    const lane = direction === 'to_broker' ? BROKER : client;
    const place = this.#place(at, cause === undefined ? lane : undefined, 'arrivals', client);
    arrow.end = { at, place };
    arrow.cause = cause;
    arrow.state = cause === undefined ? 'delivered' : 'lost';
    if (cause === undefined && direction === 'to_client') {
      this.#taken.set(client, { step: entry.entry.step, arrow });
    }
  }

  #hand(client: string, event: ClientEvent, step: number): void {
    const taken = this.#taken.get(client);
    if (taken === undefined || taken.step !== step) return;
    if ('Message' in event) taken.arrow.handed = 'message';
    else if ('Repeat' in event) taken.arrow.handed = 'repeat';
  }

  #mark(entry: ExplainedEntry): void {
    const { at } = entry.entry;
    const queued = passage(entry.entry, 'message_queued');
    if (queued !== undefined && this.#passing.has(queued)) return;
    const mark = markText(entry.entry);
    if (mark === undefined) return;
    const last = this.#marks.at(-1);
    const isSame = last !== undefined && last.lane === mark.lane && last.text === mark.text;
    if (isSame && last.place.row === this.#rows.length - 1 && last.entry.entry.at === at) {
      last.count += 1;
      last.entry = entry;
      return;
    }
    const place = this.#place(at, mark.lane, 'marks', mark.lane);
    this.#marks.push({ ...mark, entry, count: 1, place });
  }

  /** Notes how lanes stand. */
  #note({ entry }: ExplainedEntry): void {
    const { what, at } = entry;
    if (what.entry === 'link_cut') this.#cuts.set(what.client, at);
    else if (what.entry === 'link_opened') this.#change(what.client, at, 'connecting');
    else if (what.entry === 'client' && 'Connected' in what.event)
      this.#change(what.client, at, 'connected');
    else if (what.entry === 'link_closed' && what.side === 'client')
      this.#change(what.client, at, 'offline');
    else if (what.entry === 'broker_stopped') this.#change(BROKER, at, 'down');
    else if (what.entry === 'broker_started' && entry.number > 0) this.#change(BROKER, at, 'up');
  }

  #change(lane: string, at: number, state: LaneState): void {
    const row = this.#rows.at(-1)?.at === at ? this.#rows.length - 1 : undefined;
    const changes = this.#changes.get(lane);
    if (changes === undefined) this.#changes.set(lane, [{ at, row, state }]);
    else changes.push({ at, row, state });
  }

  #arrow(text: PacketText): ArrowDraft {
    const arrow: ArrowDraft = {
      text,
      state: 'stuck',
      start: undefined,
      end: undefined,
      nominal: undefined,
      holds: [],
      cause: undefined,
      isCut: false,
      isDelayed: false,
      handed: undefined,
      sent: undefined,
    };
    this.#arrows.set(text.packet, arrow);
    return arrow;
  }

  /** The arrow of a packet; one that was sent before all that is drawn begins at the top. */
  #known(packet: number): ArrowDraft | undefined {
    const known = this.#arrows.get(packet);
    if (known !== undefined) return known;
    const text = this.#packet(packet);
    return text === undefined ? undefined : this.#arrow(text);
  }

  /** A place in the last row, or in a new one if this comes before what stands there. */
  #place(at: number, lane: string | undefined, band: Band, column: string): Place {
    let row = this.#rows.at(-1);
    if (row === undefined || row.at !== at || !row.takes(lane, band)) {
      row = new RowDraft(at, false);
      this.#rows.push(row);
    }
    return { row: this.#rows.length - 1, band, slot: row.take(lane, band, column) };
  }

  /** A place in a row that lies ahead. */
  #placeAhead(at: number, lane: string, column: string): Place {
    let index = this.#rows.findIndex((row) => row.isAhead && row.at >= at);
    if (index < 0) index = this.#rows.length;
    if (this.#rows[index]?.at !== at) {
      this.#rows.splice(index, 0, new RowDraft(at, true));
      for (const arrow of this.#arrows.values()) {
        const place = arrow.end?.place;
        if (place !== undefined && place.row >= index) place.row += 1;
      }
    }
    const slot = this.#rows[index]?.take(lane, 'arrivals', column) ?? 0;
    return { row: index, band: 'arrivals', slot };
  }
}

/** What names a message in its way through a queue in one step. */
function passage(
  { what, step }: Entry,
  event: 'message_queued' | 'message_sent',
): string | undefined {
  if (what.entry !== 'broker' || what.event !== event) return undefined;
  return `${step} ${what.arrival} ${what.client_identifier}`;
}
