// @vitest-environment node
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';

import { Simulation } from 'afterlink-wasm';
import { beforeAll, describe, expect, it } from 'vitest';

import { fiveClients } from '../src/engine/five_clients';
import { fragment, LINK_CHARACTERS_MAX, shared } from '../src/engine/share';
import { loadEngine } from './engine';

beforeAll(loadEngine);

/** Numbers that look random and are the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

const pack = (text: string | Buffer): string => deflateRawSync(text).toString('base64url');

it('carries a scenario and a moment there and back', async () => {
  const scenario = new Simulation(fiveClients()).scenarioText();
  const link = await fragment({ at: 7_100, scenario });
  expect(link?.length).toBeLessThanOrEqual(LINK_CHARACTERS_MAX);
  const carried = await shared(link ?? '');
  expect(carried?.at).toBe(7_100);
  expect(new Simulation(JSON.parse(carried?.scenario ?? '')).scenarioText()).toBe(scenario);
});

it('reads a link that the model checker has made', async () => {
  const text = (path: string): string =>
    readFileSync(new URL(path, import.meta.url), 'utf8').trimEnd();
  const carried = await shared(text('simulate_link.txt'));
  expect(carried?.at).toBe(295_612);
  const file = '../../simulate/tests/scenarios/one_of_two_is_too_large.json';
  expect(JSON.parse(carried?.scenario ?? '')).toEqual(JSON.parse(text(file)));
  expect(() => new Simulation(JSON.parse(carried?.scenario ?? ''))).not.toThrow();
});

it('makes no link that is too long', async () => {
  const random = numbers(1);
  const noise = Array.from({ length: 20_000 }, () => random.next().value % 10).join('');
  expect(await fragment({ at: 0, scenario: JSON.stringify({ title: noise }) })).toBeUndefined();
});

it('leaves other fragments alone', async () => {
  expect(await shared('')).toBeUndefined();
  expect(await shared('#lessons')).toBeUndefined();
});

describe('a link is refused in words', () => {
  it.each([
    ['no data', '#play=', 'missing or changed'],
    ['no version', '#play=abc', 'missing or changed'],
    ['of another version', '#play=2.abc', 'version 2'],
    ['foreign characters', '#play=1.a%20b!', 'missing or changed'],
    ['no deflated text', '#play=1.AAAAAAAA', 'missing or changed'],
    ['no moment', `#play=1.${pack('{}')}`, 'missing or changed'],
    ['a moment beyond reckoning', `#play=1.${pack(`9999999999999999\n{}`)}`, 'missing or changed'],
    ['no text', `#play=1.${pack(Buffer.from([0x30, 0x0a, 0xff, 0xfe]))}`, 'missing or changed'],
    ['cut short', `#play=1.${pack(`0\n${'x'.repeat(500)}`).slice(0, 8)}`, 'missing or changed'],
    ['a bomb', `#play=1.${pack(Buffer.alloc(64 << 20, 0x30))}`, 'more than a scenario'],
    ['endless', `#play=1.${'A'.repeat(100_000)}`, 'more than a scenario'],
  ])('with %s', async (_, link, words) => {
    await expect(shared(link)).rejects.toThrow(words);
  });
});

it('survives any change of a link', async () => {
  const scenario = new Simulation(fiveClients()).scenarioText();
  const link = (await fragment({ at: 5, scenario })) ?? '';
  const random = numbers(7);
  for (let round = 0; round < 2_000; round += 1) {
    const place = '#play=1.'.length + (random.next().value % (link.length - 8));
    const other = String.fromCharCode(33 + (random.next().value % 94));
    const changed = link.slice(0, place) + other + link.slice(place + 1);
    try {
      const carried = await shared(changed);
      if (carried !== undefined) new Simulation(JSON.parse(carried.scenario)).free();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }
});
