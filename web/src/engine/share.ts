import '../strings/share';
import { t } from '../strings';

/**
 * Links that carry a scenario and a moment in their fragment, which no browser sends to a server:
 * `#play=1.<data>`, where 1 is the version and data the deflated text in base64url. The text is
 * the milliseconds since the start, a line feed, and the scenario as in a file.
 */
const KEY = 'play';
const VERSION = '1';

/** Characters of the longest link that is made: longer ones get lost in mail and chat. */
export const LINK_CHARACTERS_MAX = 8_192;
/** Characters of the longest data that are unpacked, far above what is made. */
const DATA_CHARACTERS_MAX = 4 * LINK_CHARACTERS_MAX;
/** Bytes that data may unpack to: as many as a scenario file may have, and the moment. */
const TEXT_BYTES_MAX = (1 << 20) + 32;

/** What a link carries. */
export interface Shared {
  /** Milliseconds since the start. */
  at: number;
  /** The scenario as in a file. */
  scenario: string;
}

/** The fragment for a scenario and a moment; `undefined` if the link would be too long. */
export async function fragment({ at, scenario }: Shared): Promise<string | undefined> {
  // A file is indented for people; a link is not read by them.
  const compact = JSON.stringify(JSON.parse(scenario));
  const packed = await collect(
    new Blob([`${at}\n${compact}`]).stream().pipeThrough(new CompressionStream('deflate-raw')),
    Infinity,
  );
  const link = `#${KEY}=${VERSION}.${toBase64Url(packed ?? new Uint8Array())}`;
  return link.length > LINK_CHARACTERS_MAX ? undefined : link;
}

/**
 * What the fragment of an address carries; `undefined` if it carries no scenario. Throws in words
 * if it carries one that cannot be read.
 */
export async function shared(fragment: string): Promise<Shared | undefined> {
  if (!fragment.startsWith(`#${KEY}=`)) return undefined;
  const value = fragment.slice(KEY.length + 2);
  const [, version, data] = /^(\d{1,9})\.(.*)$/s.exec(value) ?? [];
  if (version === undefined || data === undefined) throw new Error(t('share.broken'));
  if (version !== VERSION) throw new Error(t('share.version', { version }));
  if (data.length > DATA_CHARACTERS_MAX) throw new Error(t('share.too_large'));
  const text = await unpack(data);
  const [, at, scenario] = /^(\d{1,16})\n(.*)$/s.exec(text) ?? [];
  if (at === undefined || scenario === undefined || !Number.isSafeInteger(Number(at))) {
    throw new Error(t('share.broken'));
  }
  return { at: Number(at), scenario };
}

async function unpack(data: string): Promise<string> {
  const bytes = fromBase64Url(data);
  if (bytes === undefined) throw new Error(t('share.broken'));
  let unpacked: Uint8Array | undefined;
  try {
    unpacked = await collect(
      new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')),
      TEXT_BYTES_MAX,
    );
    if (unpacked !== undefined) return new TextDecoder('utf-8', { fatal: true }).decode(unpacked);
  } catch {
    throw new Error(t('share.broken'));
  }
  throw new Error(t('share.too_large'));
}

/** All bytes of a stream; `undefined` as soon as there are more than `max`. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  max: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const decoded = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}
