/** What the visitor wants to do and is asked more about, in a dialog. */
export type Ask =
  | { what: 'new_client' }
  | { what: 'client' | 'publish' | 'subscribe' | 'unsubscribe' | 'disconnect'; client: string };

/** What the visitor looks at. Panels share it: a click on one side shows on the others. */
export class Selection {
  /** The Client Identifier of the session in the inspector. */
  session: string | undefined = $state(undefined);
  /** The number of the packet that is taken apart. */
  packet: number | undefined = $state(undefined);
  /** The text the log is filtered by. */
  filter = $state('');
  /** The field of that packet whose bytes are marked: their first and the one behind the last. */
  bytes: [number, number] | undefined = $state.raw(undefined);
  /** The dialog that is open, if one is. */
  ask: Ask | undefined = $state.raw(undefined);
}
