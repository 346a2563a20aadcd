import { flushSync, mount, unmount, tick } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';

import type { Player } from '../src/engine/player.svelte';
import { type Ask, Selection } from '../src/engine/selection.svelte';
import { geometry, USUAL } from '../src/panels/stage/geometry';
import { BROKER } from '../src/panels/stage/mark_text';
import StagePanel from '../src/panels/stage/StagePanel.svelte';
import { connected, playerOf } from './stage_engine';

let mounted: Record<string, unknown> | undefined;

// A document without layout has no room; here there is some.
Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 800 });
Object.defineProperty(HTMLElement.prototype, 'clientHeight', {
  configurable: true,
  get: () => 2_000,
});
HTMLElement.prototype.showPopover ??= function show(): void {};

afterEach(async () => {
  if (mounted !== undefined) await unmount(mounted);
  mounted = undefined;
});

function show(player: Player, selection: Selection, onask?: (ask: Ask) => void): HTMLElement {
  const target = document.createElement('div');
  document.body.replaceChildren(target);
  const props = { player, selection, ...(onask === undefined ? {} : { onask }) };
  mounted = mount(StagePanel, { target, props });
  flushSync();
  return target;
}

/** Clicks a button, and waits for the part of the page that is fetched for it. */
async function click(panel: ParentNode, label: string | RegExp): Promise<void> {
  const named = [...panel.querySelectorAll<HTMLElement>('button')].find((button) => {
    const name = button.getAttribute('aria-label') ?? button.textContent.trim();
    return typeof label === 'string' ? name === label : label.test(name);
  });
  if (named === undefined) throw new Error(`no button ${String(label)}`);
  named.click();
  flushSync();
  await vi.dynamicImportSettled();
  await tick();
  flushSync();
}

function menu(panel: ParentNode): string[] {
  return [...panel.querySelectorAll('[role="menuitem"]')].map((item) => item.textContent.trim());
}

function labels(panel: ParentNode): string[] {
  return [...panel.querySelectorAll('[data-item^="p"]')].map(
    (label) => label.getAttribute('aria-label') ?? '',
  );
}

/** A message that is on its way from the sensor to the broker. */
function published(): Player {
  const player = connected();
  player.perform({
    command: 'publish',
    client: 'sensor',
    topic: 'a/b',
    payload: '1',
    qos: 'AtLeastOnce',
  });
  player.advance(20);
  return player;
}

test('a visitor who comes to an empty stage can connect all', async () => {
  const player = playerOf(['sensor', 'display']);
  const panel = show(player, new Selection());
  await click(panel, 'Connect all clients');
  player.pause();
  player.advance(100);
  flushSync();
  expect(player.look((simulation) => simulation.clients(0)).map(({ state }) => state)).toEqual([
    'connected',
    'connected',
  ]);
  expect(panel.textContent).not.toContain('Nothing has happened yet');
});

test('a packet in flight is dropped by its menu', async () => {
  const player = published();
  const panel = show(player, new Selection());
  expect(labels(panel).at(-1)).toMatch(/^PUBLISH id 1 QoS 1 a\/b .*sensor to broker, on its way/);
  await click(panel, /^What can be done to PUBLISH/);
  expect(menu(panel)).toEqual([
    'Show in the log',
    'Drop',
    'Delay by 1 s',
    'Delay by 10 s',
    'Duplicate',
    'Hold',
  ]);
  await click(panel, 'Drop');
  expect(labels(panel).at(-1)).toContain('lost: dropped on the way');
});

test('a packet is held and released', async () => {
  const player = published();
  const panel = show(player, new Selection());
  await click(panel, /^What can be done to PUBLISH/);
  await click(panel, 'Hold');
  player.advance(60_000);
  flushSync();
  expect(labels(panel).some((label) => /^PUBLISH id 1 QoS 1 held/.test(label))).toBe(true);
  await click(panel, /^What can be done to PUBLISH/);
  await click(panel, 'Release');
  player.advance(200);
  flushSync();
  const arrived = labels(panel).filter((label) => label.startsWith('PUBLISH'));
  expect(arrived.every((label) => label.includes('arrived after'))).toBe(true);
});

test('a packet that is clicked is the one the log takes apart', () => {
  const player = published();
  const selection = new Selection();
  const panel = show(player, selection);
  panel.querySelector<HTMLElement>('[data-item^="p"]')?.click();
  expect(selection.packet).toBeGreaterThan(0);
  flushSync();
  expect(panel.querySelectorAll('[data-item][aria-pressed="true"]')).toHaveLength(1);
});

test('a link is cut as the visitor says, and restored', async () => {
  const player = published();
  const panel = show(player, new Selection());
  await click(panel, 'Cut the link of display…');
  expect(menu(panel)).toEqual([
    'both sides',
    'the client only',
    'the broker only',
    'nobody, until keep alive',
  ]);
  await click(panel, 'nobody, until keep alive');
  const links = (): boolean[] =>
    player.look((simulation) => simulation.links()).map(({ is_cut: cut }) => cut);
  expect(links()).toEqual([false, true]);
  await click(panel, 'Restore the link of display');
  expect(links()).toEqual([false, false]);
});

test('dialogs are offered only if there is someone to ask', async () => {
  const player = published();
  await click(show(player, new Selection()), 'What sensor can do');
  expect(menu(document.body)).not.toContain('Publish…');
  const onask = vi.fn();
  const panel = show(player, new Selection(), onask);
  await click(panel, 'What sensor can do');
  await click(panel, 'Publish…');
  expect(onask).toHaveBeenCalledWith({ what: 'publish', client: 'sensor' });
});

test('a restart of the broker is seen on its lane', async () => {
  const player = published();
  const panel = show(player, new Selection());
  await click(panel, 'What can be done to the broker');
  await click(panel, 'down for 20 s');
  expect(panel.textContent).toContain('down, back in 20 s');
  expect(panel.textContent).toContain('broker stops');
  player.advance(20_000);
  flushSync();
  expect(panel.textContent).toMatch(/broker starts, \d+ records/);
});

test('a mark says why', async () => {
  const player = published();
  const panel = show(player, new Selection());
  await click(panel, /session begins: display/);
  expect(panel.querySelector('[role="dialog"]')?.textContent).toContain('MQTT-4.1.0-1');
});

test('keys go from item to item', () => {
  const player = published();
  const panel = show(player, new Selection());
  const items = [...panel.querySelectorAll<HTMLElement>('[data-item]')];
  const stops = items.filter((item) => item.tabIndex === 0);
  expect(stops).toEqual(items.slice(-1));
  stops[0]?.focus();
  stops[0]?.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true, cancelable: true }),
  );
  return vi.waitFor(() => expect(document.activeElement).toBe(items.at(-2)));
});

test('the same is there as a list, in the order in which it happened', async () => {
  const player = published();
  const panel = show(player, new Selection());
  await click(panel, 'As a list');
  const lines = [...panel.querySelectorAll('ol > li')].map((line) =>
    line.textContent.replace(/\s+/g, ' ').trim(),
  );
  expect(lines[0]).toMatch(/^00:00.000 sensor to broker: CONNECT/);
  expect(lines.at(-1)).toMatch(
    /^00:00.400 sensor to broker: PUBLISH, packet id 1, QoS 1, a\/b on its way/,
  );
  const times = lines.map((line) => line.slice(0, 9));
  expect(times.toSorted()).toEqual(times);
});

test.each([0, 1, 2, 3, 8, 20])('%i clients have their lanes beside the broker', (count) => {
  const names = Array.from({ length: count }, (_, index) => `client ${index}`);
  const { columns, width } = geometry(names, 660);
  expect(columns).toHaveLength(count + 1);
  const middle = columns.findIndex(({ lane }) => lane === BROKER);
  expect(middle).toBe(Math.ceil(count / 2));
  let left = USUAL.gutter;
  for (const column of columns) {
    expect(column.left).toBe(left);
    expect(column.x).toBeGreaterThan(column.left);
    expect(column.x).toBeLessThan(column.left + column.width);
    left += column.width;
  }
  expect(width).toBe(left);
});
