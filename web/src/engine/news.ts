import type { Simulation } from 'afterlink-wasm';

import type { Journal, Row } from './journal';

/** Rows that are told of at a time at most; who jumps over more is told of the last. */
const ROWS_MAX = 200;
/** Rows that are searched for packets that have arrived. */
const SEARCHED_MAX = 100;

/** What has come to pass since it was last asked for. */
export interface Report {
  rows: readonly Row[];
  /** The packets that have arrived, as far as they were sent of late. */
  arrived: readonly Row[];
}

/** Reads what is new. Going back in time brings nothing new. */
export class News {
  #next = 0;
  #history = -1;

  /** What is new; `undefined` when another history has begun. */
  read(simulation: Simulation, journal: Journal, history: number): Report | undefined {
    const position = simulation.position();
    const from = this.#next;
    const { rows } = journal.read(simulation, position);
    this.#next = position.next_entry;
    if (history !== this.#history) {
      this.#history = history;
      return undefined;
    }
    if (position.next_entry <= from) return { rows: [], arrived: [] };
    return {
      rows: rows.slice(Math.max(journal.placeOf(from), rows.length - ROWS_MAX)),
      arrived: rows
        .slice(-SEARCHED_MAX)
        .filter(({ end }) => end !== undefined && end.number >= from && end.fate === 'delivered'),
    };
  }
}
