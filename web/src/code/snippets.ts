const files = import.meta.glob<string>('./snippets/*.js', { query: '?raw', import: 'default' });

/** The snippets, in the order of the lessons they belong to. */
export const SNIPPETS = [
  { id: 'clean-session', lesson: 1 },
  { id: 'persistent-session', lesson: 1 },
  { id: 'session-present', lesson: 2 },
  { id: 'qos-1-and-2', lesson: 5 },
  { id: 'message-expiry', lesson: 10 },
  { id: 'will', lesson: 12 },
  { id: 'shared-subscription', lesson: 15 },
] as const;

/** The name of a snippet. */
export type SnippetId = (typeof SNIPPETS)[number]['id'];

/** Fetches the code of a snippet. */
export async function loadSnippet(id: SnippetId): Promise<string> {
  const load = files[`./snippets/${id}.js`];
  if (load === undefined) throw new Error(`there is no snippet ${id}`);
  return load();
}
