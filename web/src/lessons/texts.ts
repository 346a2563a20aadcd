let table: Readonly<Record<string, string>> = {};

/** Fetches the texts of all lessons, which are a file of their own. */
export async function loadTexts(): Promise<void> {
  table = (await import('../../lessons/texts/en.json')).default;
}

/** The text of a key that stands in a lesson. */
export function text(key: string): string {
  return table[key] ?? key;
}
