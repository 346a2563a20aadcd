import type { Journal } from '../../engine/journal';

/** What of a session is new since the visitor's last step. */
export interface Marks {
  /** The session itself. */
  isNew: boolean;
  /** The arrival from which on messages in the queue are new. */
  queuedFrom: number;
  /** Identifiers of messages in flight that were sent or sent again. */
  sent: Set<number>;
  filters: Set<string>;
  /** Causes for which messages were dropped. */
  drops: Set<string>;
}

/** Reads them off the rows from entry `since` on. */
export function marksOf(journal: Journal, since: number, clientIdentifier: string): Marks {
  const marks: Marks = {
    isNew: false,
    queuedFrom: Infinity,
    sent: new Set(),
    filters: new Set(),
    drops: new Set(),
  };
  // Who has taken no step yet has seen nothing that anything could be newer than.
  if (since === 0) return marks;
  for (let place = journal.placeOf(since); place < journal.rows.length; place += 1) {
    const what = journal.rows[place]?.what;
    if (what?.entry !== 'broker' || !('client_identifier' in what)) continue;
    if (what.client_identifier !== clientIdentifier) continue;
    switch (what.event) {
      case 'session_started':
        marks.isNew = true;
        marks.queuedFrom = Infinity;
        break;
      case 'message_queued':
        marks.queuedFrom = Math.min(marks.queuedFrom, what.arrival);
        break;
      case 'message_sent':
        if (what.packet_identifier !== undefined) marks.sent.add(what.packet_identifier);
        break;
      case 'subscribed':
        marks.filters.add(what.filter);
        break;
      case 'message_dropped':
        marks.drops.add(what.cause);
        break;
      default:
    }
  }
  return marks;
}
