import type { Simulation } from 'afterlink-wasm';

import { type Journal, journalOf, type Row } from '../../engine/journal';
import { tongue, type Words } from '../../strings/language.svelte';
import { identifierOf } from '../inspector/subjects';
import { type Cells, cellsOf } from './cells';
import { type FateName, factsOf, fateOf, type Searchable, searchable } from './facts';
import type { Filter } from './filter';

/** What the table shows at the present. */
export interface Shown {
  rows: Row[];
  /** Rows before they were filtered. */
  count: number;
  hasGaps: boolean;
  isBehind: boolean;
  held: ReadonlySet<number>;
}

/** The log: rows of the journal with what they say, read from the engine when they are wanted. */
export class Log {
  readonly journal: Journal;
  #cells = new WeakMap<Row, Cells>();
  #searchable = new WeakMap<Row, Searchable>();
  #words: Words | undefined;

  constructor(player: object) {
    this.journal = journalOf(player);
  }

  /** The rows that a filter lets through. */
  show(simulation: Simulation, filter: Filter | undefined, since: number): Shown {
    this.#listen();
    const { rows, hasGaps, isBehind } = this.journal.read(simulation, simulation.position());
    const held = new Set<number>();
    for (const link of simulation.links()) {
      for (const flight of [...link.to_broker, ...link.to_client]) {
        if (flight.is_held) held.add(flight.packet);
      }
    }
    const shown =
      filter === undefined ? rows.slice() : this.#filtered(simulation, rows, filter, since, held);
    return { rows: shown, count: rows.length, hasGaps, isBehind, held };
  }

  /** What a row says. */
  cells(row: Row): Cells {
    this.#listen();
    let cells = this.#cells.get(row);
    if (cells === undefined) {
      cells = cellsOf(row);
      this.#cells.set(row, cells);
    }
    return cells;
  }

  fate(row: Row, held: ReadonlySet<number>): FateName | undefined {
    return fateOf(row, held);
  }

  /** Forgets what rows say in another language than the page speaks now. */
  #listen(): void {
    if (this.#words === tongue.words) return;
    this.#words = tongue.words;
    this.#cells = new WeakMap();
    this.#searchable = new WeakMap();
  }

  #filtered(
    simulation: Simulation,
    rows: Row[],
    filter: Filter,
    since: number,
    held: ReadonlySet<number>,
  ): Row[] {
    const names = new Map(
      simulation.clients(0).map((client) => [client.name, identifierOf(client)]),
    );
    return rows.filter((row) => {
      let fixed = this.#searchable.get(row);
      if (fixed === undefined) {
        fixed = searchable(row, this.cells(row), names);
        this.#searchable.set(row, fixed);
      }
      return filter(factsOf(fixed, fateOf(row, held), since > 0 && row.number >= since));
    });
  }
}
