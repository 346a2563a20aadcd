/** What the visitor wants to do and is asked more about, in a dialog. */
export type Ask =
  | { what: 'new_client' }
  | { what: 'client' | 'publish' | 'subscribe' | 'unsubscribe' | 'disconnect'; client: string };

/** The parts of the page; a small screen shows one of them at a time. */
export type PanelName = 'lessons' | 'stage' | 'sessions' | 'log';

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
  /** Where what was chosen last can be seen. */
  lead: { to: PanelName } | undefined = $state.raw(undefined);

  /** Leads to a panel, which a small screen may not show. */
  leadTo(to: PanelName): void {
    this.lead = { to };
  }
}
