import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Runner } from '../src/code/runner.svelte';
import type { Hearer } from '../src/code/sandbox';

/** Sandboxes as they were made; each does nothing but what a test lets it. */
const made: { hearer: Hearer; isEnded: boolean }[] = [];

// The first to fetch all modules takes its time where much else is going on.
vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  vi.resetModules();
  made.length = 0;
});

afterEach(() => {
  vi.doUnmock('../src/code/sandbox');
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

/** Lets MQTT.js be fetched when it is told to. */
function slowNetwork(): () => Promise<void> {
  let resolve: (response: Response) => void = () => {};
  const promise = new Promise<Response>((it) => (resolve = it));
  vi.stubGlobal('fetch', () => promise);
  return async () => {
    resolve(new Response('var mqtt = {};'));
    // What waits for the text of it goes on first.
    for (let turns = 0; turns < 10; turns += 1) await new Promise((next) => setTimeout(next));
  };
}

async function runnerIn(sandbox: 'real' | 'fake'): Promise<Runner> {
  if (sandbox === 'fake') vi.doMock('../src/code/sandbox', () => ({ Sandbox: Fake }));
  // MQTT.js is fetched once, so each test has modules of its own.
  const { loadEngine } = await import('./engine');
  loadEngine();
  const { Simulation } = await import('afterlink-wasm');
  const { scenario } = await import('../src/engine/free_play');
  const { Player } = await import('../src/engine/player.svelte');
  await import('../src/strings/code');
  const { Runner } = await import('../src/code/runner.svelte');
  return new Runner(new Player(new Simulation(scenario([], []))));
}

class Fake {
  #own: (typeof made)[number];

  constructor(hearer: Hearer) {
    this.#own = { hearer, isEnded: false };
    made.push(this.#own);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  post(): void {}

  end(): void {
    this.#own.isEnded = true;
  }
}

test('code that is stopped while MQTT.js is fetched never starts', async () => {
  const arrive = slowNetwork();
  const runner = await runnerIn('real');
  runner.run('', false);
  runner.stop();
  await arrive();
  expect(document.querySelectorAll('iframe')).toHaveLength(0);
});

test('of two runs while MQTT.js is fetched only the second starts', async () => {
  const arrive = slowNetwork();
  const runner = await runnerIn('real');
  runner.run('', false);
  runner.run('', false);
  await arrive();
  expect(document.querySelectorAll('iframe')).toHaveLength(1);
  runner.stop();
  expect(document.querySelectorAll('iframe')).toHaveLength(0);
});

test('what is heard of an earlier run is not taken for the present one', async () => {
  const runner = await runnerIn('fake');
  const shown: string[] = [];
  runner.onshow = (name) => shown.push(name);
  runner.run('', false);
  runner.run('', false);
  const [first, second] = made;
  expect([first?.isEnded, second?.isEnded]).toEqual([true, false]);
  first?.hearer.heard({ kind: 'open', stream: 1, name: 'first' });
  first?.hearer.failed({ why: 'silent' });
  expect(runner.isRunning).toBe(true);
  second?.hearer.heard({ kind: 'open', stream: 1, name: 'second' });
  expect(shown).toEqual(['second']);
  second?.hearer.failed({ why: 'silent' });
  expect(runner.isRunning).toBe(false);
});
