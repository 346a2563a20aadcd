import german from '../../lessons/texts/de.json?url';
import english from '../../lessons/texts/en.json?url';

import { t } from '../strings';
import { type Language, tongue, type Words } from '../strings/language.svelte';

const ADDRESSES: Record<Language, string> = { en: english, de: german };

const tables: Partial<Record<Language, Words>> = {};

/** Fetches the texts of all lessons, which are data and no script, and again for each language. */
export async function loadTexts(): Promise<void> {
  tongue.prepare(fetchTexts);
  await fetchTexts(tongue.language);
}

/** The text of a key that stands in a lesson, in the language of the page. */
export function text(key: string): string {
  return tables[tongue.language]?.[key] ?? key;
}

async function fetchTexts(language: Language): Promise<void> {
  if (tables[language] !== undefined) return;
  const response = await fetch(ADDRESSES[language]);
  if (!response.ok) throw new Error(t('lessons.texts_missing', { status: response.status }));
  tables[language] = (await response.json()) as Words;
}
