import type {
  Entry,
  ExplainedEntry,
  Fate,
  Happening,
  PacketSummary,
  Position,
  SessionEnd,
  Simulation,
  Why,
} from 'afterlink-wasm';

/** Rows that are kept; older ones are let go. */
export const ROWS_MAX = 5_000;
/** Entries of the trace in one reading at most; what is left waits for the next frame. */
export const ENTRIES_PER_READ_MAX = 600;
/** Rows that are let go at a time. */
const SLACK = 500;
/** Beginnings and ends of one client's sessions that are kept. */
const FACTS_MAX = 50;

/** An entry of the trace that has a row of its own in the log. */
export interface Row {
  /** The number of its entry. */
  number: number;
  at: number;
  what: Happening;
  why: Why | undefined;
  /** What its packet says; absent if it is about none. */
  summary: PacketSummary | undefined;
  /** What became of its packet; absent while that is in flight. */
  end: RowEnd | undefined;
}

export interface RowEnd {
  fate: Fate;
  at: number;
  /** The number of the entry that tells of it. */
  number: number;
}

/** What is known of a client's coming: by the broker's event. */
export interface Arrival {
  number: number;
  at: number;
  sessionPresent: boolean;
}

/** Why a client's session is gone. */
export interface Ending {
  number: number;
  at: number;
  reason: SessionEnd;
  why: Why | undefined;
}

interface Facts {
  arrivals: Arrival[];
  endings: Ending[];
}

/**
 * The latest entries of the trace up to the present, as rows.
 *
 * It reads on from where it stood, a bounded part at a time. Going back in time takes away what
 * lies ahead: it may happen otherwise the next time.
 */
export class Journal {
  /** Rows in order. */
  readonly rows: Row[] = [];
  /** Whether older rows were let go. */
  hasGaps = false;
  /** Whether there is more to read at once. */
  isBehind = false;
  #next = 0;
  #packets = new Map<number, Row>();
  #facts = new Map<string, Facts>();

  /** Reads what is new up to the present. */
  read(simulation: Simulation, position: Position): this {
    const end = position.next_entry;
    if (end < this.#next) this.#forget(simulation, end);
    if (end - this.#next > 2 * ROWS_MAX) {
      this.#clear();
      this.hasGaps = true;
      this.#next = end - 2 * ROWS_MAX;
    }
    const limit = Math.min(end - this.#next, ENTRIES_PER_READ_MAX);
    if (limit > 0) {
      const page = simulation.trace(this.#next, limit);
      this.hasGaps ||= page.first > this.#next;
      for (const explained of page.entries) this.#add(explained);
      this.#next = Math.max(this.#next + limit, page.first);
    }
    this.isBehind = this.#next < end;
    return this;
  }

  /** The row of a packet, if it is kept. */
  packet(packet: number): Row | undefined {
    return this.#packets.get(packet);
  }

  /** When a client last came with an accepted CONNECT. */
  arrival(clientIdentifier: string): Arrival | undefined {
    return this.#facts.get(clientIdentifier)?.arrivals.at(-1);
  }

  /** How the last session of a client that ended did. */
  ending(clientIdentifier: string): Ending | undefined {
    return this.#facts.get(clientIdentifier)?.endings.at(-1);
  }

  /** The place of the first row whose entry is not before `number`. */
  placeOf(number: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.rows[middle]?.number ?? Infinity) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #add({ entry, why, packet }: ExplainedEntry): void {
    const what = entry.what;
    switch (what.entry) {
      case 'packet_delivered':
        this.#end(what.packet, { fate: 'delivered', at: entry.at, number: entry.number });
        return;
      case 'packet_lost':
        this.#end(what.packet, { fate: { lost: what.cause }, at: entry.at, number: entry.number });
        return;
      case 'packet_held':
      case 'packet_released':
      case 'packet_delayed':
        // Links tell where a packet in flight stands.
        return;
      default:
    }
    const summary = packet?.summary;
    const row: Row = { number: entry.number, at: entry.at, what, why, summary, end: undefined };
    this.rows.push(row);
    if (what.entry === 'packet_sent') this.#packets.set(what.packet, row);
    if (what.entry === 'broker') this.#note(row);
    if (this.rows.length > ROWS_MAX + SLACK) this.#letGo();
  }

  #end(packet: number, end: RowEnd): void {
    const row = this.#packets.get(packet);
    if (row !== undefined) row.end = end;
  }

  #note(row: Row): void {
    const { number, at, what, why } = row;
    if (what.entry !== 'broker') return;
    if (what.event === 'connected') {
      const arrival = { number, at, sessionPresent: what.session_present };
      keep(this.#factsOf(what.client_identifier).arrivals, arrival);
    } else if (what.event === 'session_ended') {
      keep(this.#factsOf(what.client_identifier).endings, { number, at, reason: what.reason, why });
    }
  }

  #factsOf(clientIdentifier: string): Facts {
    let facts = this.#facts.get(clientIdentifier);
    if (facts === undefined) {
      facts = { arrivals: [], endings: [] };
      this.#facts.set(clientIdentifier, facts);
    }
    return facts;
  }

  #letGo(): void {
    this.hasGaps = true;
    for (const row of this.rows.splice(0, this.rows.length - ROWS_MAX)) {
      if (row.what.entry === 'packet_sent') this.#packets.delete(row.what.packet);
    }
  }

  /** Takes away what does not lie before the entry `end`. */
  #forget(simulation: Simulation, end: number): void {
    for (const row of this.rows.splice(this.placeOf(end))) {
      if (row.what.entry === 'packet_sent') this.#packets.delete(row.what.packet);
    }
    const last = this.rows.at(-1);
    if (last === undefined || !isSame(last, simulation.trace(last.number, 1).entries[0]?.entry)) {
      // It is another history, or all that is left of it was let go.
      this.#clear();
      this.#next = Math.max(0, end - ROWS_MAX);
      return;
    }
    for (const row of this.rows) {
      if (row.end !== undefined && row.end.number >= end) row.end = undefined;
    }
    for (const facts of this.#facts.values()) {
      cut(facts.arrivals, end);
      cut(facts.endings, end);
    }
    this.#next = end;
  }

  #clear(): void {
    this.rows.length = 0;
    this.hasGaps = false;
    this.#packets.clear();
    this.#facts.clear();
  }
}

const journals = new WeakMap<object, Journal>();

/** The journal of a player: panels share it. */
export function journalOf(player: object): Journal {
  let journal = journals.get(player);
  if (journal === undefined) {
    journal = new Journal();
    journals.set(player, journal);
  }
  return journal;
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > FACTS_MAX) list.shift();
}

function cut(list: { number: number }[], end: number): void {
  while ((list.at(-1)?.number ?? -1) >= end) list.pop();
}

function isSame(row: Row, entry: Entry | undefined): boolean {
  return entry?.number === row.number && JSON.stringify(entry.what) === JSON.stringify(row.what);
}
