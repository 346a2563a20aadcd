// @vitest-environment node
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { read } from '../build/statements';
import { termAddress, termIn } from '../src/glossary/address';
import { found, shownBy, type TermData, withTexts } from '../src/glossary/glossary';
import { lessonFiles } from '../src/lessons/files';

const folder = resolve(import.meta.dirname, '../glossary');
const json = <T>(name: string): T => JSON.parse(readFileSync(resolve(folder, name), 'utf8')) as T;
const data = json<TermData[]>('terms.json');
const texts = json<Record<string, string>>('texts/en.json');
const terms = withTexts(data, texts);

describe('the data of the glossary', () => {
  it('cites only statements that exist, and some for each term', () => {
    const all = read(resolve(import.meta.dirname, '../..'));
    const known = new Set([...all.v5, ...all.v3].map(({ id }) => id));
    for (const { id, statements } of data) {
      expect(statements, id).not.toEqual([]);
      expect(
        statements.filter((it) => !known.has(it)),
        id,
      ).toEqual([]);
      expect(new Set(statements).size, id).toBe(statements.length);
    }
  });

  it('leads to lessons that exist, and to each of them', () => {
    const numbers = new Set(lessonFiles.map(({ number }) => number));
    expect(numbers.size).toBe(19);
    for (const { id, lessons } of data) {
      expect(
        lessons.filter((it) => !numbers.has(it)),
        id,
      ).toEqual([]);
    }
    for (const number of numbers) expect(shownBy(terms, number), `${number}`).not.toEqual([]);
  });

  it('has names that stand in an address, and leads on to terms that exist', () => {
    const ids = data.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, see = [] } of data) {
      expect(termIn(termAddress(id))).toBe(id);
      expect(
        see.filter((it) => !ids.includes(it) || it === id),
        id,
      ).toEqual([]);
    }
  });

  it('says something short of each term, and nothing of others', () => {
    const keys = data.flatMap(({ id }) => [`term.${id}.name`, `term.${id}.text`]);
    for (const key of keys) expect(texts[key]?.length, key).toBeGreaterThan(2);
    const also = data.map(({ id }) => `term.${id}.also`);
    const others = Object.keys(texts).filter((key) => !keys.includes(key) && !also.includes(key));
    expect(others).toEqual([]);
    for (const { id, text } of terms) expect(text.length, id).toBeLessThanOrEqual(300);
  });

  it('is in the order of its names', () => {
    const names = terms.map(({ name }) => name.replace(/^\$/, '').toLowerCase());
    expect(names).toEqual([...names].sort());
  });

  it('explains what the inspector points at', () => {
    const inspector = import.meta.glob<string>('../src/panels/inspector/*.svelte', {
      query: '?raw',
      import: 'default',
      eager: true,
    });
    const pointed = Object.entries(inspector).flatMap(([path, source]) => {
      const inTags = source.matchAll(/term="([a-z-]+)"/g);
      // The summary gives terms to a snippet, and has no other words of this kind.
      const given = path.includes('Summary')
        ? source.matchAll(/(?<!from )'([a-z]+-[a-z-]+)'/g)
        : [];
      return [...inTags, ...given].map((match) => match[1]);
    });
    expect(pointed.length).toBeGreaterThanOrEqual(10);
    for (const id of pointed)
      expect(
        data.some((term) => term.id === id),
        id,
      ).toBe(true);
  });
});

describe('the search', () => {
  it('finds by name, by other words, by what brokers call it and by statement', () => {
    const first = (words: string): string | undefined => found(terms, words)[0]?.id;
    expect(first('session expiry')).toBe('session-expiry-interval');
    expect(first('TTL')).toBeDefined();
    expect(first('last testament')).toBe('will-message');
    expect(first('mqueue_len')).toBe('offline-queue');
    expect(found(terms, 'MQTT-3.1.3-9').map(({ id }) => id)).toEqual(['will-delay-interval']);
  });

  it('gives those first that have the words in their names', () => {
    const ids = found(terms, 'pubrel').map(({ id }) => id);
    expect(ids[0]).toBe('pubrel');
    expect(ids).toContain('qos-2');
  });

  it('finds nothing for what nobody says, and all for nothing', () => {
    expect(found(terms, 'qos 7 potato')).toEqual([]);
    expect(found(terms, '  ')).toBe(terms);
  });
});

it('takes only its own fragments, and no term from strange ones', () => {
  expect(termIn('')).toBeUndefined();
  expect(termIn('#play=1.abc')).toBeUndefined();
  expect(termIn('#term=')).toBe('');
  expect(termIn('#term=<img src=x>')).toBe('');
  expect(termIn(`#term=${'a'.repeat(5_000)}`)).toBe('');
});
