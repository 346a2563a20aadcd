import type { Command, Entry, Simulation } from 'afterlink-wasm';

import { t } from '../../strings';
import { tongue, type Words } from '../../strings/language.svelte';
import { markText } from '../stage/mark_text';

/** Entries that are looked through in one go. */
const ENTRIES_READ_MAX = 1_000;
/** Events of note kept; beyond it every second one of the older half is forgotten. */
const EVENTS_MAX = 2_000;

/** A moment of note. */
export interface Milestone {
  at: number;
  kind: 'command' | 'event';
  text: string;
}

const NOTED: ReadonlySet<string> = new Set([
  'session_started',
  'session_ended',
  'disconnected',
  'will_published',
  'message_dropped',
]);

/** What happened of note in the whole of a history, as far as it was played. */
export class Milestones {
  commands: Milestone[] = $state.raw([]);
  events: Milestone[] = $state.raw([]);
  /** The number of the entry that is looked at next. */
  #next = 0;
  #history = -1;
  #words: Words | undefined;
  #events: Milestone[] = [];

  /** Catches up by some entries. Whether there are more. */
  read(simulation: Simulation, history: number): boolean {
    if (history !== this.#history || this.#words !== tongue.words) {
      this.#history = history;
      this.#words = tongue.words;
      this.#next = 0;
      this.#events = [];
      this.events = [];
    }
    const known = this.#events.length;
    const page = simulation.trace(this.#next, ENTRIES_READ_MAX);
    for (const { entry } of page.entries) {
      const text = isNoted(entry) ? markText(entry)?.text : undefined;
      if (text !== undefined) this.#events.push({ at: entry.at, kind: 'event', text });
    }
    this.#next = (page.entries.at(-1)?.entry.number ?? page.next - 1) + 1;
    if (this.#events.length > known) this.#publish();
    return this.#next < page.next;
  }

  #publish(): void {
    if (this.#events.length > EVENTS_MAX) {
      const half = EVENTS_MAX / 2;
      this.#events = this.#events.filter((_, index) => index >= half || index % 2 === 0);
    }
    this.events = [...this.#events];
  }

  /** Takes over the commands of the scenario, past and to come. */
  readCommands(simulation: Simulation): void {
    const { start } = simulation.position();
    this.commands = (simulation.scenario().commands ?? []).map((timed) => ({
      at: start + timed.at,
      kind: 'command',
      text: commandText(timed.do),
    }));
  }
}

function isNoted({ what, number }: Entry): boolean {
  switch (what.entry) {
    case 'broker':
      return NOTED.has(what.event);
    case 'link_cut':
    case 'broker_stopped':
      return true;
    case 'broker_started':
      return number > 0;
    default:
      return false;
  }
}

function commandText(command: Command): string {
  const client =
    'client' in command ? command.client : 'definition' in command ? command.definition.name : '';
  return t(`clock.command.${command.command}`, { client });
}
