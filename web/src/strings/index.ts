import { clock } from './en/clock';
import type { code } from './en/code';
import type { embed } from './en/embed';
import type { form } from './en/form';
import type { glossary } from './en/glossary';
import { inspector } from './en/inspector';
import { lessons } from './en/lessons';
import { log } from './en/log';
import type { offline } from './en/offline';
import { page } from './en/page';
import { phone } from './en/phone';
import type { play } from './en/play';
import { refusal } from './en/refusal';
import type { session } from './en/session';
import type { settings } from './en/settings';
import type { share } from './en/share';
import { stage } from './en/stage';
import type { statements } from './en/statements';
import { tongue } from './language.svelte';

/** What the page says from the start. */
const early = {
  ...page,
  ...clock,
  ...inspector,
  ...lessons,
  ...log,
  ...phone,
  ...refusal,
  ...stage,
};

/** What is said by parts of the page that are fetched later, and comes with them by `speak`. */
type Later = typeof code &
  typeof embed &
  typeof form &
  typeof glossary &
  typeof offline &
  typeof play &
  typeof session &
  typeof settings &
  typeof share &
  typeof statements;

/** The keys of the table of strings. */
export type Key = keyof typeof early | keyof Later;

type Values = Record<string, string | number>;

const table: Record<string, string> = { ...early };

/** Takes the strings of a part that was fetched into the table. */
export function speak(part: Readonly<Record<string, string>>): void {
  Object.assign(table, part);
}

/** The text of a key in the language of the page, with `{name}` replaced by its value. */
export function t(key: Key, values: Values = {}): string {
  const text = tongue.words?.[key] ?? table[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole: string, name: string) => String(values[name] ?? whole));
}
