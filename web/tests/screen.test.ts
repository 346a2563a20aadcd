import { afterEach, expect, test, vi } from 'vitest';

import { Frames } from '../src/engine/frames';
import type { Row } from '../src/engine/journal';
import { Panels } from '../src/screen/panels.svelte';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('on a phone one panel is seen, on a tablet the stage beside it, else all', () => {
  const panels = new Panels('lessons');
  const seen = (layout: 'narrow' | 'split' | 'wide'): string[] =>
    (['lessons', 'stage', 'sessions', 'log'] as const).filter((it) => panels.isSeen(it, layout));
  expect(seen('narrow')).toEqual(['lessons']);
  expect(seen('split')).toEqual(['lessons', 'stage']);
  expect(seen('wide')).toEqual(['lessons', 'stage', 'sessions', 'log']);
  panels.chosen = 'stage';
  expect(seen('narrow')).toEqual(['stage']);
  // The stage has no tab there.
  expect(panels.tab('split')).toBe('lessons');
});

test('a panel is made when it is first seen, and stays', () => {
  const panels = new Panels('lessons');
  panels.see('narrow');
  expect(panels.isMade('log', 'narrow')).toBe(false);
  panels.chosen = 'log';
  panels.see('narrow');
  panels.chosen = 'stage';
  panels.see('narrow');
  expect(panels.isMade('log', 'narrow')).toBe(true);
  expect(panels.isMade('sessions', 'narrow')).toBe(false);
});

test('what happens in a panel that is not seen is marked until it is', () => {
  const panels = new Panels('stage');
  const row = { what: { entry: 'broker' } } as Row;
  panels.note([row], 'narrow');
  expect([...panels.news].sort()).toEqual(['log', 'sessions']);
  panels.chosen = 'log';
  panels.see('narrow');
  expect([...panels.news]).toEqual(['sessions']);
  panels.forget();
  expect(panels.news.size).toBe(0);
  panels.note([row], 'wide');
  expect(panels.news.size).toBe(0);
});

/** Runs frames of 50 ms each, and gives what was ticked. */
function run(frames: number, isStill: boolean, isHurrying: boolean): number[] {
  const waiting: FrameRequestCallback[] = [];
  vi.stubGlobal('requestAnimationFrame', (it: FrameRequestCallback) => waiting.push(it));
  vi.stubGlobal('matchMedia', () => ({ matches: isStill }));
  vi.spyOn(performance, 'now').mockReturnValue(0);
  const ticks: number[] = [];
  new Frames((ms) => ticks.push(ms), { isHurrying }).start();
  for (let frame = 1; frame <= frames; frame += 1) waiting.shift()?.(frame * 50);
  return ticks;
}

test('time passes in each frame, and in steps for who wants no motion', () => {
  expect(run(6, false, false)).toEqual([50, 50, 50, 50, 50, 50]);
  expect(run(11, true, false)).toEqual([250, 250]);
});

test('a jump takes each frame, for nothing of it is watched', () => {
  expect(run(3, true, true)).toEqual([50, 50, 50]);
});
