import address from '../../lessons/texts/en.json?url';

import { t } from '../strings';

let table: Readonly<Record<string, string>> = {};

/** Fetches the texts of all lessons, which are data and no script. */
export async function loadTexts(): Promise<void> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(t('lessons.texts_missing', { status: response.status }));
  table = (await response.json()) as Record<string, string>;
}

/** The text of a key that stands in a lesson. */
export function text(key: string): string {
  return table[key] ?? key;
}
