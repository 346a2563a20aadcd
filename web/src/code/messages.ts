import { LINE_CHARACTERS_MAX } from './limits';

/** How a line of the console is meant. A note is the page's own. */
export type Level = 'log' | 'info' | 'warn' | 'error' | 'debug' | 'note';

/** What is said on the console. */
export interface Said {
  level: Level;
  text: string;
  /** The line of the code that it is about. */
  line?: number | undefined;
}

/** What comes from the code. Whatever it sends, this is all that is made of it. */
export type FromCode =
  | { kind: 'ready' }
  | { kind: 'pong' }
  | { kind: 'said'; lines: Said[]; dropped: number }
  | { kind: 'open'; stream: number; name: string }
  | { kind: 'send'; stream: number; bytes: Uint8Array }
  | { kind: 'close'; stream: number };

/** What goes to the code. */
export type ToCode =
  | { kind: 'ping' }
  | { kind: 'opened'; stream: number }
  | { kind: 'received'; stream: number; bytes: Uint8Array }
  | { kind: 'closed'; stream: number };

/** Lines in one message at most. */
const LINES_AT_ONCE_MAX = 200;
const LEVELS: readonly string[] = ['log', 'info', 'warn', 'error', 'debug'];

/** Reads a message of the code, which is not to be trusted; `undefined` if it is none. */
export function read(message: unknown): FromCode | undefined {
  if (!isRecord(message)) return undefined;
  const { kind, stream } = message;
  if (kind === 'ready' || kind === 'pong') return { kind };
  if (kind === 'said') return said(message['lines'], message['dropped']);
  if (typeof stream !== 'number' || !Number.isSafeInteger(stream)) return undefined;
  if (kind === 'close') return { kind, stream };
  if (kind === 'open') {
    const name = message['name'];
    return typeof name === 'string' ? { kind, stream, name } : undefined;
  }
  const bytes = message['bytes'];
  return kind === 'send' && bytes instanceof Uint8Array ? { kind, stream, bytes } : undefined;
}

function said(lines: unknown, dropped: unknown): FromCode | undefined {
  if (!Array.isArray(lines)) return undefined;
  const all: unknown[] = lines.slice(0, LINES_AT_ONCE_MAX);
  return {
    kind: 'said',
    lines: all.map(line).filter((it) => it !== undefined),
    dropped: typeof dropped === 'number' && Number.isSafeInteger(dropped) ? dropped : 0,
  };
}

function line(value: unknown): Said | undefined {
  if (!isRecord(value) || typeof value['text'] !== 'string') return undefined;
  const level = value['level'];
  const place = value['line'];
  return {
    level: isLevel(level) ? level : 'log',
    text: cut(value['text']),
    line: typeof place === 'number' && Number.isSafeInteger(place) && place > 0 ? place : undefined,
  };
}

/** A text as long as a line of the console may be. */
export function cut(text: string): string {
  return text.length > LINE_CHARACTERS_MAX ? `${text.slice(0, LINE_CHARACTERS_MAX)}…` : text;
}

function isLevel(value: unknown): value is Exclude<Level, 'note'> {
  return typeof value === 'string' && LEVELS.includes(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
