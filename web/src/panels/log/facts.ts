import type { Row } from '../../engine/journal';
import { t } from '../../strings';
import type { Cells } from './cells';
import type { Facts, Is } from './filter';

/** Where a packet stands. */
export type FateName = 'delivered' | 'flying' | 'held' | 'dropped' | 'closed' | 'cut';

/** What became of the packet of a row; absent for what is no packet. */
export function fateOf(row: Row, held: ReadonlySet<number>): FateName | undefined {
  if (row.what.entry !== 'packet_sent') return undefined;
  const fate = row.end?.fate;
  if (fate === undefined) return held.has(row.what.packet) ? 'held' : 'flying';
  return fate === 'delivered' ? 'delivered' : fate.lost;
}

/** What never changes about a row, ready to be searched. */
export interface Searchable extends Omit<Facts, 'is'> {
  is: Is[];
}

/** What can be searched of a row. `names` leads from a client's name to its identifier. */
export function searchable(row: Row, cells: Cells, names: ReadonlyMap<string, string>): Searchable {
  const what = row.what;
  const clients = cells.clients.flatMap((name) => [name, names.get(name) ?? name]);
  const parts = [cells.title, cells.from, cells.to, cells.detail, ...clients];
  const is: Is[] = [];
  if (what.entry === 'packet_sent') is.push('packet');
  else if (what.entry === 'commanded') is.push('command');
  else if (what.entry === 'timer') is.push('timer', 'event');
  else is.push('event');
  if (cells.dup === true) is.push('dup');
  if (cells.retain === true) is.push('retain');
  if (what.entry === 'broker' && what.event === 'message_dropped') is.push('dropped');
  return {
    text: [...parts, row.why?.text ?? ''].join('\n').toLowerCase(),
    clients: clients.map((name) => name.toLowerCase()),
    from: cells.from.toLowerCase(),
    to: cells.to.toLowerCase(),
    type: cells.type,
    identifier: cells.identifier,
    packet: cells.packet,
    qos: cells.qos,
    topic: cells.topic?.toLowerCase(),
    reason: cells.detail.toLowerCase(),
    cause: cells.cause,
    is,
  };
}

/** What can be asked about a row at the present. */
export function factsOf(fixed: Searchable, fate: FateName | undefined, isNew: boolean): Facts {
  const is = new Set<Is>(fixed.is);
  if (isNew) is.add('new');
  let cause = fixed.cause;
  if (fate === 'delivered' || fate === 'flying' || fate === 'held') {
    is.add(fate);
    if (fate === 'held') is.add('flying');
  } else if (fate !== undefined) {
    is.add('lost');
    if (fate === 'dropped') is.add('dropped');
    cause = fate;
  }
  return { ...fixed, cause, is };
}

/** The words for a fate. */
export function fateText(fate: FateName): string {
  return t(`log.fate.${fate}`);
}
