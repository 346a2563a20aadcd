/** The fragment of an address that opens the glossary at a term, or at its beginning. */
const KEY = '#term=';

export function termAddress(id: string): string {
  return `${KEY}${id}`;
}

/** The term that a fragment names; empty for the glossary itself, `undefined` for other ones. */
export function termIn(hash: string): string | undefined {
  if (!hash.startsWith(KEY)) return undefined;
  const id = hash.slice(KEY.length);
  // It is only ever compared with those that exist.
  return /^[\w-]{0,80}$/.test(id) ? id : '';
}
