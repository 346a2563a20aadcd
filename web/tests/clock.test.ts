import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';

import type { Player } from '../src/engine/player.svelte';
import { Selection } from '../src/engine/selection.svelte';
import ClockPanel from '../src/panels/clock/ClockPanel.svelte';
import { Milestones } from '../src/panels/clock/milestones.svelte';
import { playerOf } from './stage_engine';

const YEAR = 365 * 86_400_000;

let mounted: Record<string, unknown> | undefined;

afterEach(async () => {
  if (mounted !== undefined) await unmount(mounted);
  mounted = undefined;
});

function show(player: Player): HTMLElement {
  const target = document.createElement('div');
  document.body.replaceChildren(target);
  mounted = mount(ClockPanel, { target, props: { player, selection: new Selection() } });
  flushSync();
  return target;
}

function jump(panel: HTMLElement, text: string): void {
  const field = panel.querySelector('input');
  if (field === null) throw new Error('no field');
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  panel
    .querySelector('form')
    ?.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
  flushSync();
}

function timeOf(panel: HTMLElement): string | undefined {
  return panel.querySelector('.time')?.textContent.trim();
}

test('a time that is typed is gone to', () => {
  const panel = show(playerOf(['sensor']));
  jump(panel, '00:01:30');
  expect(timeOf(panel)).toBe('00:01:30.000');
  jump(panel, '+500 ms');
  expect(timeOf(panel)).toBe('00:01:30.500');
  jump(panel, '1 min');
  expect(timeOf(panel)).toBe('00:01:00.000');
});

test('what is no time is refused in words, and moves nothing', () => {
  const panel = show(playerOf(['sensor']));
  jump(panel, 'tomorrow');
  expect(panel.querySelector('[role="alert"]')?.textContent).toContain('“tomorrow” is not a time');
  expect(panel.querySelector('input')?.getAttribute('aria-invalid')).toBe('true');
  expect(timeOf(panel)).toBe('00:00:00.000');
});

test('it says which timer is next, and which has fired and why', () => {
  const player = playerOf(['sensor']);
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(1_000);
  player.perform({ command: 'cut', client: 'sensor' });
  const panel = show(player);
  expect(panel.textContent).toContain('next: session expiry of sensor in 1 h');
  player.stepTimer();
  flushSync();
  expect(panel.textContent).toContain('Fired: session expiry of sensor.');
  expect(panel.textContent).toContain('MQTT-4.1.0-2');
  expect(panel.textContent).toContain('no timer is armed');
});

test('keys move the playhead, to commands and events too', () => {
  const player = playerOf(['sensor']);
  player.advance(2_000);
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(8_000);
  const panel = show(player);
  const slider = panel.querySelector('[role="slider"]');
  const press = (key: string): void => {
    slider?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    flushSync();
  };
  const now = (): number => player.now - player.position.start;
  press('ArrowLeft');
  expect(now()).toBe(9_000);
  expect(slider?.getAttribute('aria-valuenow')).toBe('9000');
  press('PageDown');
  expect(now()).toBe(2_050);
  press('PageDown');
  expect(now()).toBe(2_000);
  press('Home');
  expect(now()).toBe(0);
  press('PageUp');
  expect(now()).toBe(2_000);
  press('End');
  expect(now()).toBe(10_000);
});

test('a history that was left is opened where it was left, and the present one is kept', () => {
  const player = playerOf(['sensor']);
  player.advance(1_000);
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(1_000);
  player.seek(player.position.start + 500);
  player.fork();
  expect(player.branches()).toHaveLength(1);
  expect(player.farthest).toBe(player.now);
  player.perform({ command: 'freeze', client: 'sensor' });
  player.openBranch(0);
  expect(player.now - player.position.start).toBe(500);
  expect(player.position.has_future_commands).toBe(true);
  expect(
    player.branches().map(({ scenario }) => scenario.commands?.map((timed) => timed.do.command)),
  ).toEqual([['freeze']]);
  player.openBranch(0);
  expect(
    player.branches().map(({ scenario }) => scenario.commands?.map((timed) => timed.do.command)),
  ).toEqual([['connect']]);
});

test('what was only looked at ahead is forgotten by a command', () => {
  const player = playerOf(['sensor']);
  player.advance(5_000);
  player.seek(player.position.start + 1_000);
  const before = player.history;
  player.perform({ command: 'connect', client: 'sensor' });
  expect(player.farthest).toBe(player.now);
  player.advance(200);
  player.seek(player.position.start + 1_010);
  player.perform({ command: 'freeze', client: 'sensor' });
  expect(player.history).toBe(before + 1);
});

test('ten years are jumped over at once', async () => {
  const player = playerOf(['sensor']);
  player.jump(player.position.start + 10 * YEAR);
  await expect.poll(() => player.now - player.position.start).toBe(10 * YEAR);
  expect(player.playing).toBe(false);
});

test('commands and events of note are found, of the present history only', () => {
  const player = playerOf(['sensor']);
  const milestones = new Milestones();
  const read = (): void => {
    player.look((simulation) => {
      milestones.readCommands(simulation);
      while (milestones.read(simulation, player.history));
    });
  };
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(1_000);
  player.perform({ command: 'cut', client: 'sensor' });
  read();
  expect(milestones.commands.map(({ text }) => text)).toEqual([
    'sensor connects',
    'link of sensor cut',
  ]);
  expect(milestones.events.map(({ text }) => text)).toEqual([
    'session begins: sensor',
    'link cut',
    'connection lost: sensor',
  ]);
  player.seek(player.position.start + 500);
  read();
  expect(milestones.events).toHaveLength(3);
  player.fork();
  read();
  expect(milestones.events.map(({ text }) => text)).toEqual(['session begins: sensor']);
});
