/** What a visitor wants that takes a dialog. */
export type Ask =
  { ask: 'subscribe' | 'publish' | 'change'; client: string } | { ask: 'add_client' };
