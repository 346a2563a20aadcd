import namesAddress from '../../glossary/texts/en.json?url';
import termsAddress from '../../glossary/terms.json?url';

import { t } from '../strings';

/** The software whose names for things are told. */
export const BROKERS = ['emqx', 'vernemq'] as const;
export type Broker = (typeof BROKERS)[number];

/** A word of the standard, or of those who talk about it, as it stands in the data. */
export interface TermData {
  /** Its name in links and in the keys of its texts. */
  id: string;
  /** The numbers of the lessons that show it. */
  lessons: number[];
  /** The statements of the standard to read. */
  statements: string[];
  /** What it is called in the settings and figures of brokers. */
  called?: Partial<Record<Broker, string>>;
  /** Terms to read next. */
  see?: string[];
}

/** A term with its texts. */
export interface Term extends TermData {
  name: string;
  text: string;
  /** Other words by which it is searched for. */
  also: string;
}

type Texts = Readonly<Record<string, string>>;

let loading: Promise<readonly Term[]> | undefined;

/** Fetches the glossary, which is data and no script; once, unless that fails. */
export function loadGlossary(): Promise<readonly Term[]> {
  loading ??= fetchGlossary().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function fetchGlossary(): Promise<readonly Term[]> {
  const [data, texts] = await Promise.all([
    fetchJson<TermData[]>(termsAddress),
    fetchJson<Texts>(namesAddress),
  ]);
  return withTexts(data, texts);
}

async function fetchJson<T>(address: string): Promise<T> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(t('page.part_missing'));
  return (await response.json()) as T;
}

/** The terms with what is said of them. */
export function withTexts(data: readonly TermData[], texts: Texts): readonly Term[] {
  return data.map((term) => ({
    ...term,
    name: texts[`term.${term.id}.name`] ?? term.id,
    text: texts[`term.${term.id}.text`] ?? '',
    also: texts[`term.${term.id}.also`] ?? '',
  }));
}

/** The terms that have all the words; those that have them in their names come first. */
export function found(terms: readonly Term[], words: string): readonly Term[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return terms;
  const has = (text: string): boolean => wanted.every((word) => text.includes(word));
  const inName = (term: Term): boolean => has(`${term.name} ${term.also}`.toLowerCase());
  const all = terms.filter((term) => has(textOf(term)));
  return [...all.filter(inName), ...all.filter((term) => !inName(term))];
}

function textOf({ name, text, also, called = {}, statements }: Term): string {
  return [name, also, text, ...Object.values(called), ...statements].join(' ').toLowerCase();
}

/** The terms that a lesson shows. */
export function shownBy(terms: readonly Term[], lesson: number): readonly Term[] {
  return terms.filter(({ lessons }) => lessons.includes(lesson));
}
