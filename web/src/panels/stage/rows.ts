import type { Metrics } from './ladder';

/** A time without anything that is drawn as a gap, in milliseconds. */
export const GAP_MS = 1_000;

/** Pixels between rows: of one moment, of moments next to each other, around a gap. */
const CLOSE = 3;
const NEAR = 16;
const FAR = 28;
const GAP = 46;
/** Pixels above the first row. */
const TOP = 14;

/** The parts of a row, from top to bottom. */
export type Band = 'arrivals' | 'marks' | 'departures';

const PHASE: Record<Band, number> = { arrivals: 0, marks: 1, departures: 2 };

/** Where something stands in a row. */
export interface Place {
  row: number;
  band: Band;
  slot: number;
}

/** A row before it is known how far down it stands. */
export class RowDraft {
  readonly at: number;
  /** Whether it lies in the future. */
  readonly isAhead: boolean;
  /** Packets that leave in it. */
  readonly sent = new Set<number>();
  #isHard = false;
  #phases = new Map<string, number>();
  #slots: Record<Band, Map<string, number>> = {
    arrivals: new Map(),
    marks: new Map(),
    departures: new Map(),
  };

  constructor(at: number, isAhead: boolean) {
    this.at = at;
    this.isAhead = isAhead;
  }

  /** A command was given: what comes of it stands below what was there before, on each lane. */
  harden(): void {
    this.#isHard = true;
  }

  /** Whether something on a lane can stand in this band. */
  takes(lane: string | undefined, band: Band): boolean {
    return !this.#isHard || lane === undefined || (this.#phases.get(lane) ?? 0) <= PHASE[band];
  }

  /** Takes the next slot of a column. */
  take(lane: string | undefined, band: Band, column: string): number {
    if (lane !== undefined)
      this.#phases.set(lane, Math.max(PHASE[band], this.#phases.get(lane) ?? 0));
    const slot = this.#slots[band].get(column) ?? 0;
    this.#slots[band].set(column, slot + 1);
    return slot;
  }

  /** How many slots the fullest column has. */
  depth(band: Band): number {
    return Math.max(0, ...this.#slots[band].values());
  }
}

/** A row. */
export interface Row {
  at: number;
  top: number;
  bottom: number;
  isAhead: boolean;
  /** Whether it is the first of its moment. */
  isFirst: boolean;
  marksTop: number;
  departuresTop: number;
}

/** A long time in which nothing happened. */
export interface Gap {
  top: number;
  bottom: number;
  ms: number;
}

/** The rows with how far down they stand, and time between them. */
export class Rows {
  readonly list: Row[] = [];
  readonly gaps: Gap[] = [];
  #metrics: Metrics;

  constructor(drafts: readonly RowDraft[], metrics: Metrics) {
    this.#metrics = metrics;
    let before: Row | undefined;
    for (const draft of drafts) {
      const passed = before === undefined ? 0 : draft.at - before.at;
      const top = before === undefined ? TOP : before.bottom + between(passed);
      const marksTop = top + draft.depth('arrivals') * metrics.arrow;
      const departuresTop = marksTop + draft.depth('marks') * metrics.mark;
      const bottom = departuresTop + draft.depth('departures') * metrics.arrow;
      if (before !== undefined && passed >= GAP_MS) {
        this.gaps.push({ top: before.bottom, bottom: top, ms: passed });
      }
      const isFirst = before === undefined || before.at !== draft.at;
      before = {
        at: draft.at,
        isAhead: draft.isAhead,
        isFirst,
        top,
        marksTop,
        departuresTop,
        bottom,
      };
      this.list.push(before);
    }
  }

  /** The bottom of the last row. */
  get bottom(): number {
    return this.list.at(-1)?.bottom ?? TOP;
  }

  /** How far down a moment is: below all that happens at it. */
  yAt(at: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle]?.at ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    const before = this.list[low - 1];
    const after = this.list[low];
    if (before === undefined) return TOP;
    if (before.at === at && !before.isAhead) return before.bottom;
    if (before.isAhead) return before.top + this.#metrics.arrow / 2;
    if (after === undefined) return before.bottom + trailing(at - before.at);
    const share = (at - before.at) / (after.at - before.at);
    // What arrives first in a row is met half a slot below its top.
    return before.bottom + share * (after.top + this.#metrics.arrow / 2 - before.bottom);
  }

  /** How long nothing has happened at a moment behind the last row, if that is long. */
  silence(at: number): number | undefined {
    const last = this.list.at(-1);
    if (last === undefined || at - last.at < GAP_MS) return undefined;
    return at - last.at;
  }

  /** The middle of an arrow's end. */
  arrowAt(place: Place): number {
    const row = this.list[place.row];
    if (row === undefined) return this.bottom;
    const top = place.band === 'arrivals' ? row.top : row.departuresTop;
    return top + (place.slot + 0.5) * this.#metrics.arrow;
  }

  /** How far down a change is: below what arrives in its row. */
  momentAt({ at, row }: { at: number; row: number | undefined }): number {
    const found = row === undefined ? undefined : this.list[row];
    return found?.marksTop ?? this.yAt(at);
  }

  /** The middle of a mark. */
  markAt(place: Place): number {
    const row = this.list[place.row];
    return (row?.marksTop ?? this.bottom) + (place.slot + 0.5) * this.#metrics.mark;
  }
}

/** Pixels between a row and the next one, `ms` later. */
function between(ms: number): number {
  if (ms <= 0) return CLOSE;
  return ms >= GAP_MS ? GAP : NEAR + (FAR - NEAR) * (ms / GAP_MS);
}

/** Pixels from the last row to the present, `ms` later: it moves on at first, and then stays. */
function trailing(ms: number): number {
  if (ms <= 0) return 0;
  const near = NEAR * Math.min(1, ms / 50) + (FAR - NEAR) * Math.min(1, ms / GAP_MS);
  return near + (GAP - FAR) * Math.min(1, Math.max(0, (ms - GAP_MS) / GAP_MS));
}
