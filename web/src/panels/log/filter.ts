/**
 * The language of the log's filter: words that have to occur, and `key:value` pairs. What stands
 * behind a `-` must not be so; values of one key are alternatives when commas stand between them;
 * quotes hold together what has spaces or a colon in it.
 */

import type { PacketType } from 'afterlink-wasm';

/** What can be asked about a row. Texts are in lower case. */
export interface Facts {
  /** Everything of the row that can be read. */
  text: string;
  /** Names and Client Identifiers of the client it is about. */
  clients: readonly string[];
  from: string;
  to: string;
  /** The packet type, event or other kind. */
  type: string;
  identifier: number | undefined;
  /** The number of the packet in the trace. */
  packet: number | undefined;
  qos: number | undefined;
  topic: string | undefined;
  reason: string;
  cause: string | undefined;
  /** Which of the words behind `is:` are true. */
  is: ReadonlySet<Is>;
}

export const IS = [
  'packet',
  'event',
  'command',
  'timer',
  'delivered',
  'lost',
  'flying',
  'held',
  'dup',
  'retain',
  'dropped',
  'new',
] as const;

export type Is = (typeof IS)[number];

export const KEYS = [
  'client',
  'type',
  'id',
  'topic',
  'is',
  'from',
  'to',
  'qos',
  'reason',
  'cause',
  'packet',
] as const;

/** Packet types as they are written in a filter. */
const TYPES: ReadonlySet<string> = new Set<Lowercase<PacketType>>([
  'connect',
  'connack',
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'pingreq',
  'pingresp',
  'disconnect',
  'auth',
]);

export type FilterKey = (typeof KEYS)[number];

/** What is wrong with a filter. */
export type Fault =
  | { fault: 'unknown_key'; key: string }
  | { fault: 'unknown_is'; value: string }
  | { fault: 'no_number'; key: string; value: string }
  | { fault: 'no_value'; key: string }
  | { fault: 'open_quote' };

export type Filter = (facts: Facts) => boolean;

/** One part of a filter, before its meaning is known. */
interface Part {
  isNegated: boolean;
  key: string | undefined;
  values: string[];
}

/** Reads a filter. */
export function parse(text: string): Filter | Fault {
  const parts = split(text.toLowerCase());
  if (!Array.isArray(parts)) return parts;
  const filters: Filter[] = [];
  for (const part of parts) {
    const filter = meaning(part);
    if (typeof filter !== 'function') return filter;
    filters.push(part.isNegated ? (facts) => !filter(facts) : filter);
  }
  return (facts) => filters.every((filter) => filter(facts));
}

/** A value as it is written in a filter. */
export function quoted(value: string): string {
  return /^[^\s:,"-][^\s:,"]*$/.test(value) ? value : `"${value.replaceAll('"', '')}"`;
}

function split(text: string): Part[] | Fault {
  const parts: Part[] = [];
  let part: Part | undefined;
  let word = '';
  let hasQuote = false;
  let isQuoted = false;
  const endWord = (): void => {
    if (word !== '' || hasQuote)
      (part ??= { isNegated: false, key: undefined, values: [] }).values.push(word);
    word = '';
    hasQuote = false;
  };
  for (const letter of text) {
    if (letter === '"') {
      isQuoted = !isQuoted;
      hasQuote = true;
    } else if (isQuoted) {
      word += letter;
    } else if (/\s/.test(letter)) {
      endWord();
      if (part !== undefined) parts.push(part);
      part = undefined;
    } else if (letter === '-' && part === undefined && word === '' && !hasQuote) {
      part = { isNegated: true, key: undefined, values: [] };
    } else if (
      letter === ':' &&
      part?.key === undefined &&
      !hasQuote &&
      (part?.values.length ?? 0) === 0
    ) {
      part = { isNegated: part?.isNegated ?? false, key: word, values: [] };
      word = '';
    } else if (letter === ',' && part?.key !== undefined) {
      endWord();
    } else {
      word += letter;
    }
  }
  if (isQuoted) return { fault: 'open_quote' };
  endWord();
  if (part !== undefined) parts.push(part);
  // A lone minus is about to become something.
  return parts.filter(({ key, values }) => key !== undefined || values.length > 0);
}

function meaning({ key, values }: Part): Filter | Fault {
  if (key === undefined) return any(values, (facts, value) => facts.text.includes(value));
  if (!isKey(key)) return { fault: 'unknown_key', key };
  if (values.length === 0) return { fault: 'no_value', key };
  switch (key) {
    case 'client':
      return any(values, (facts, value) => facts.clients.some((name) => name.includes(value)));
    case 'from':
    case 'to':
      return any(values, (facts, value) => facts[key].includes(value));
    case 'type':
      // `conn` is CONNECT, CONNACK and the event; `connect` is itself alone.
      return any(values, (facts, value) =>
        TYPES.has(value) ? facts.type === value : facts.type.startsWith(value),
      );
    case 'topic':
      return any(values, (facts, value) => facts.topic?.includes(value) ?? false);
    case 'reason':
      return any(values, (facts, value) => facts.reason.includes(value));
    case 'cause':
      return any(values, (facts, value) => facts.cause === value);
    case 'is':
      return words(values);
    case 'id':
      return numbers(key, values, (facts) => facts.identifier);
    case 'qos':
      return numbers(key, values, (facts) => facts.qos);
    case 'packet':
      return numbers(key, values, (facts) => facts.packet);
  }
}

function any(values: string[], test: (facts: Facts, value: string) => boolean): Filter {
  return (facts) => values.some((value) => test(facts, value));
}

function words(values: string[]): Filter | Fault {
  const asked: Is[] = [];
  for (const value of values) {
    const word = IS.find((known) => known === value);
    if (word === undefined) return { fault: 'unknown_is', value };
    asked.push(word);
  }
  return (facts) => asked.some((word) => facts.is.has(word));
}

function numbers(
  key: FilterKey,
  values: string[],
  read: (facts: Facts) => number | undefined,
): Filter | Fault {
  const asked: number[] = [];
  for (const value of values) {
    if (!/^\d+$/.test(value)) return { fault: 'no_number', key, value };
    asked.push(Number(value));
  }
  return (facts) => asked.some((number) => read(facts) === number);
}

function isKey(key: string): key is FilterKey {
  return KEYS.some((known) => known === key);
}
