import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { LINE_CHARACTERS_MAX } from '../src/code/limits';
import { type Failure, FRAME_DIGEST, framePage, Sandbox } from '../src/code/sandbox';
import frameText from '../src/code/sandbox/frame.js?raw';
import glue from '../src/code/sandbox/glue.js?raw';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  document.body.replaceChildren();
});

interface Posted {
  kind: string;
  lines?: { text: string }[];
}

/** Runs what comes before the code as a worker does, with no timer ever firing. */
async function worker(): Promise<{ log: (...values: unknown[]) => void; posted: Posted[] }> {
  const posted: Posted[] = [];
  const port = { postMessage: (message: Posted) => posted.push(message) };
  const self: { onmessage?: (event: { ports: unknown[] }) => void; addEventListener: () => void } =
    {
      addEventListener: () => {},
    };
  const own: Record<string, (...values: unknown[]) => void> = {};
  const names = ['self', 'mqtt', 'linesBefore', 'console', 'setTimeout'];
  const Async = (async () => {}).constructor as FunctionConstructor;
  const run = new Async(...names, glue) as (...values: unknown[]) => Promise<void>;
  const running = run(self, { default: {} }, 0, own, () => {});
  self.onmessage?.({ ports: [port] });
  await running;
  const { log } = own;
  if (log === undefined) throw new Error('it has none');
  return { log, posted };
}

function said(posted: readonly Posted[]): string[] {
  return posted.flatMap(({ lines }) => lines ?? []).map(({ text }) => text);
}

test('the first lines are heard even if the code never lets go of the worker', async () => {
  const { log, posted } = await worker();
  log('before');
  log('the loop');
  expect(said(posted)).toEqual(['before', 'the loop']);
});

test('many lines leave together', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { log, posted } = await worker();
  for (let i = 0; i < 1_008; i += 1) log('line', i);
  expect(said(posted)).toHaveLength(1_008);
  expect(posted.filter(({ kind }) => kind === 'said')).toHaveLength(8 + 10);
});

interface Frame {
  hear: (event: { source: unknown; data: string; ports: unknown[] }) => void;
  parent: { postMessage: (message: unknown) => void };
  workers: number;
  isListening: boolean;
}

/** Runs the frame's script with a page of its own around it. */
function frame(): Frame {
  const it: Frame = {
    hear: () => {},
    parent: { postMessage: () => {} },
    workers: 0,
    isListening: false,
  };
  class Worker {
    constructor() {
      it.workers += 1;
    }
    addEventListener(): void {}
    postMessage(): void {}
  }
  const listen = (_: string, hear: Frame['hear']): void => {
    it.hear = hear;
    it.isListening = true;
  };
  const unlisten = (): void => {
    it.isListening = false;
  };
  const names = ['addEventListener', 'removeEventListener', 'parent', 'Worker', 'URL'];
  new Function(...names, frameText)(listen, unlisten, it.parent, Worker, {
    createObjectURL: () => 'blob:',
  });
  return it;
}

test('the script in the frame is the one that its page and the server let run', () => {
  const [, script = ''] = /<script>(.*)<\/script>$/s.exec(framePage()) ?? [];
  const digest = createHash('sha256').update(script).digest('base64');
  expect(FRAME_DIGEST).toBe(`sha256-${digest}`);
  expect(framePage()).toContain(`script-src '${FRAME_DIGEST}';`);
  const server = resolve(import.meta.dirname, '../../server/src/http/playground.rs');
  expect(readFileSync(server, 'utf8')).toContain(`'${FRAME_DIGEST}'`);
});

test('the frame starts what its page sends, once, and nothing of others', () => {
  const it = frame();
  it.hear({ source: {}, data: 'foreign', ports: [] });
  expect([it.workers, it.isListening]).toEqual([0, true]);
  it.hear({ source: it.parent, data: 'own', ports: [] });
  expect([it.workers, it.isListening]).toEqual([1, false]);
});

test('why code cannot be read is cut as any line is', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('var mqtt = {};')));
  const failures: Failure[] = [];
  const sandbox = new Sandbox({ heard: () => {}, failed: (failure) => failures.push(failure) });
  await sandbox.start('');
  const source = document.querySelector('iframe')?.contentWindow ?? null;
  const data = { message: 'x'.repeat(10 * LINE_CHARACTERS_MAX), line: 1 };
  const event = new MessageEvent('message', { data });
  Object.defineProperty(event, 'source', { value: source });
  dispatchEvent(event);
  expect(failures).toEqual([
    { why: 'unreadable', message: `${'x'.repeat(LINE_CHARACTERS_MAX)}…`, line: undefined },
  ]);
});
