import { lessonFiles } from './files';

const KEY = 'afterlink.lessons';
const VERSION = 1;
/** Characters that are read at most: far above what is ever written, in case someone else wrote. */
const CHARACTERS_MAX = 20_000;
/** No variant of a lesson has more steps. */
const STEPS_MAX = 100;

/** How far a lesson was taken. */
export interface Mark {
  /** Whether it was taken to its end, once at least. */
  done: boolean;
  /** The steps taken last time, and how many there were. */
  steps: number;
  of: number;
  /** Whether what was said to the question came to pass; absent until it is answered. */
  foreseen?: boolean;
}

export type Marks = ReadonlyMap<string, Mark>;

/** How far the lessons were taken, kept in the browser if it keeps anything. */
export class Progress {
  readonly #keeps: boolean;
  #marks: Map<string, Mark>;
  /** Whether it will still be known when the page is opened again. */
  isKept: boolean;

  /** Without `keeps` the store of the browser is neither read nor written. */
  constructor(keeps = true) {
    this.#keeps = keeps;
    this.isKept = keeps;
    this.#marks = keeps ? read() : new Map();
  }

  marks(): Marks {
    return new Map(this.#marks);
  }

  /** Takes over what another window of the page has written. */
  reload(): Marks {
    if (this.#keeps) this.#marks = read();
    return this.marks();
  }

  /** Notes how far a lesson was taken; what was done once stays done. */
  note(id: string, mark: Mark): Marks {
    // Another window may have gone on meanwhile, and what it did is not to be lost.
    if (this.isKept) this.#marks = new Map([...this.#marks, ...read()]);
    const before = this.#marks.get(id);
    this.#marks.set(id, { ...before, ...mark, done: mark.done || (before?.done ?? false) });
    const lessons = Object.fromEntries(this.#marks);
    this.#write((store) => store.setItem(KEY, JSON.stringify({ version: VERSION, lessons })));
    return this.marks();
  }

  /** Forgets all. */
  clear(): Marks {
    this.#marks = new Map();
    this.#write((store) => store.removeItem(KEY));
    return this.marks();
  }

  /** A store can be missing, forbidden or full; then progress lasts as long as the page. */
  #write(change: (store: Storage) => void): void {
    if (!this.#keeps) return;
    try {
      change(localStorage);
      this.isKept = true;
    } catch {
      this.isKept = false;
    }
  }
}

/** What stands in the store as far as it can be believed: others can write there too. */
function read(): Map<string, Mark> {
  try {
    const text = localStorage.getItem(KEY) ?? '';
    if (text === '' || text.length > CHARACTERS_MAX) return new Map();
    const kept: unknown = JSON.parse(text);
    // Before there were marks, it was a list of the lessons that were done.
    const all = isList(kept) ? Object.fromEntries(kept.map((id) => [id, DONE])) : lessonsOf(kept);
    return new Map(
      lessonFiles.flatMap(({ id }) => {
        const mark = Object.hasOwn(all, id) ? markOf(all[id]) : undefined;
        return mark === undefined ? [] : [[id, mark]];
      }),
    );
  } catch {
    return new Map();
  }
}

const DONE: Mark = { done: true, steps: 0, of: 0 };

function isList(kept: unknown): kept is string[] {
  return Array.isArray(kept) && kept.every((it) => typeof it === 'string');
}

function lessonsOf(kept: unknown): Record<string, unknown> {
  const { version, lessons } = kept as { version?: unknown; lessons?: unknown };
  return version === VERSION && typeof lessons === 'object' && lessons !== null
    ? (lessons as Record<string, unknown>)
    : {};
}

function markOf(value: unknown): Mark | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { done, steps, of, foreseen } = value as Record<keyof Mark, unknown>;
  if (typeof done !== 'boolean' || !isCount(steps) || !isCount(of) || steps > of) return undefined;
  return { done, steps, of, ...(typeof foreseen === 'boolean' ? { foreseen } : {}) };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= STEPS_MAX;
}
