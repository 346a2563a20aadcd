import type { ClientView, SessionView } from 'afterlink-wasm';

/** One line of the list of sessions: a session, or a client that has none. */
export interface Subject {
  identifier: string;
  session: SessionView | undefined;
  /** The clients that use this identifier; more than one can. */
  clients: ClientView[];
  /** The place of its session among all, from 1; a key of that digit chooses it. */
  place: number | undefined;
}

/** The Client Identifier by which the broker knows a client, or would. */
export function identifierOf(client: ClientView): string {
  const assigned = client.values?.client_identifier ?? client.session?.client_identifier;
  return client.config.client_identifier === ''
    ? (assigned ?? '')
    : client.config.client_identifier;
}

/** Clients in their order with their sessions, then sessions of clients that are not here. */
export function subjects(sessions: SessionView[], clients: ClientView[]): Subject[] {
  const found = new Map<string, Subject>();
  for (const client of clients) {
    const identifier = identifierOf(client);
    const known = found.get(identifier);
    if (known !== undefined) known.clients.push(client);
    else
      found.set(identifier, {
        identifier,
        session: undefined,
        clients: [client],
        place: undefined,
      });
  }
  sessions.forEach((session, index) => {
    const identifier = session.client_identifier;
    const known = found.get(identifier) ?? { identifier, session, clients: [], place: undefined };
    found.set(identifier, { ...known, session, place: index + 1 });
  });
  return [...found.values()];
}

/** Of the clients with one identifier, the one that holds the session, else the first. */
export function holder(subject: Subject): ClientView | undefined {
  const connection = subject.session?.connection?.connection;
  const byLink = subject.clients.find(
    (client) => client.link !== undefined && client.link === connection,
  );
  return (
    byLink ?? subject.clients.find((client) => client.session !== undefined) ?? subject.clients[0]
  );
}

/** Subjects whose identifier or client has a part of this text. */
export function matching(all: Subject[], text: string): Subject[] {
  const part = text.trim().toLowerCase();
  if (part === '') return all;
  return all.filter(({ identifier, clients }) =>
    [identifier, ...clients.map((client) => client.name)].some((name) =>
      name.toLowerCase().includes(part),
    ),
  );
}
