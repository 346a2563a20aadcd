import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { flushSync, mount, unmount } from 'svelte';
import { Simulation } from 'afterlink-wasm';

import { Announcer } from '../src/announce/announcer.svelte';
import { sentences } from '../src/announce/sentences';
import { fiveClients } from '../src/engine/five_clients';
import { journalOf } from '../src/engine/journal';
import { News } from '../src/engine/news';
import { Player } from '../src/engine/player.svelte';
import { Selection } from '../src/engine/selection.svelte';
import InspectorPanel from '../src/panels/inspector/InspectorPanel.svelte';
import ClockPanel from '../src/panels/clock/ClockPanel.svelte';
import { loadEngine } from './engine';

beforeAll(loadEngine);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

test('sentences that come together are said together, the same one once', () => {
  const announcer = new Announcer();
  announcer.say('link cut');
  announcer.say('session ends: display');
  announcer.say('link cut');
  expect(announcer.said).toBe('');
  vi.advanceTimersByTime(1_000);
  expect(announcer.said).toBe('link cut, 2 times. session ends: display');
});

test('more than a person can listen to is only counted', () => {
  const announcer = new Announcer();
  for (let number = 1; number <= 9; number += 1) announcer.say(`event ${number}`);
  vi.advanceTimersByTime(1_000);
  expect(announcer.said).toBe('event 1. event 2. event 3. event 4. and 5 more');
});

test('between two announcements there is a pause', () => {
  const announcer = new Announcer();
  announcer.say('one');
  vi.advanceTimersByTime(300);
  expect(announcer.said).toBe('one');
  announcer.say('two');
  vi.advanceTimersByTime(2_000);
  expect(announcer.said).toBe('one');
  vi.advanceTimersByTime(1_000);
  expect(announcer.said).toBe('two');
});

test('the same said again is another text, so that it is read again', () => {
  const announcer = new Announcer();
  announcer.say('link cut');
  vi.advanceTimersByTime(5_000);
  const before = announcer.said;
  announcer.say('link cut');
  vi.advanceTimersByTime(5_000);
  expect(announcer.said.trim()).toBe('link cut');
  expect(announcer.said).not.toBe(before);
});

test('what is of another history is not said', () => {
  const announcer = new Announcer();
  announcer.say('link cut');
  announcer.forget();
  vi.advanceTimersByTime(5_000);
  expect(announcer.said).toBe('');
});

test('changes of state are said, time that passes is not', () => {
  const player = new Player(new Simulation(fiveClients()));
  const news = new News();
  const read = (): string[] => {
    const report = player.look((it) => news.read(it, journalOf(player), player.history));
    return report === undefined ? [] : sentences(report, true);
  };
  expect(read()).toEqual([]);
  player.seek(player.position.start + 400);
  expect(read()).toContain('session begins: sensor');
  expect(read()).toEqual([]);

  // A second in which nothing happens says nothing, though every countdown goes on.
  player.seek(player.position.start + 20_000);
  read();
  const { steps } = player.position;
  player.advance(1);
  expect(player.position.steps).toBe(steps);
  expect(read()).toEqual([]);

  // Neither does what is gone back over.
  player.seek(player.position.start + 1_000);
  expect(read()).toEqual([]);
});

test('a cut is said, and so is a packet that a step has brought', () => {
  const player = new Player(new Simulation(fiveClients()));
  const news = new News();
  const read = (): string[] => {
    const report = player.look((it) => news.read(it, journalOf(player), player.history));
    return report === undefined ? [] : sentences(report, true);
  };
  player.seek(player.position.start + 10);
  read();
  player.stepPacket();
  expect(read()).toContain('CONNECT, sensor to broker, has arrived');
  player.seek(player.position.start + 3_000);
  read();
  player.fork();
  read();
  player.perform({ command: 'cut', client: 'display', noticed_by: 'both' });
  expect(read()).toContain('display: link cut');
});

test('no countdown stands in a live region', async () => {
  vi.useRealTimers();
  const player = new Player(new Simulation(fiveClients()));
  const selection = new Selection();
  player.seek(player.position.start + 9_000);
  const mounted = [
    mount(InspectorPanel, { target: document.body, props: { player, selection } }),
    mount(ClockPanel, { target: document.body, props: { player, selection } }),
  ];
  flushSync();
  await vi.dynamicImportSettled();
  flushSync();
  const timers = [...document.querySelectorAll('[role="timer"]')];
  expect(timers.length).toBeGreaterThan(1);
  for (const timer of timers) expect(timer.getAttribute('aria-live')).toBe('off');
  const live = [...document.querySelectorAll('[aria-live="polite"], [role="status"]')];
  const before = live.map((it) => it.textContent);
  player.advance(1_000);
  flushSync();
  expect(live.map((it) => it.textContent)).toEqual(before);
  await Promise.all(mounted.map((it) => unmount(it)));
});
