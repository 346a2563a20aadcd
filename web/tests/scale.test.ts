import { expect, test } from 'vitest';

import { Scale } from '../src/panels/clock/scale';

const YEAR = 365 * 86_400_000;

test('what is spread evenly stands evenly', () => {
  const scale = new Scale(1_000, 2_000, [1_250, 1_500, 1_750]);
  expect(scale.shareOf(1_000)).toBe(0);
  expect(scale.shareOf(1_500)).toBeCloseTo(0.5);
  expect(scale.shareOf(1_600)).toBeCloseTo(0.6);
  expect(scale.shareOf(2_000)).toBe(1);
  expect(scale.bends).toEqual([]);
});

test('ten years squeeze nothing', () => {
  const moments = [0, 50, 100, 200, 300, 400].map((ms) => 5_000 + ms);
  const scale = new Scale(5_000, 5_400 + 10 * YEAR, moments);
  expect(scale.shareOf(5_400)).toBeGreaterThan(0.6);
  expect(scale.shareOf(5_100) - scale.shareOf(5_050)).toBeGreaterThan(0.05);
  expect(scale.bends).toHaveLength(1);
});

test('a moment goes to its share and back', () => {
  const scale = new Scale(0, YEAR, [10, 30, 2_000, 2_001, 90_000, 7_200_000]);
  let before = -1;
  for (const at of [0, 5, 10, 1_000, 2_000, 2_001, 50_000, 90_000, 7_200_000, YEAR / 2, YEAR]) {
    const share = scale.shareOf(at);
    expect(share).toBeGreaterThan(before);
    expect(Math.abs(scale.momentAt(share) - at)).toBeLessThanOrEqual(1e-6 * Math.max(at, 1));
    before = share;
  }
});

test('what lies outside is at an end', () => {
  const scale = new Scale(100, 200, [50, 150, 300]);
  expect(scale.shareOf(0)).toBe(0);
  expect(scale.shareOf(500)).toBe(1);
  expect(scale.momentAt(-1)).toBe(100);
  expect(scale.momentAt(2)).toBe(200);
});

test('a world that has only begun has a scale', () => {
  const scale = new Scale(100, 100, [100]);
  expect(scale.shareOf(100)).toBe(0);
  expect(scale.momentAt(0.5)).toBe(100);
});

test('thousands of moments still go up', () => {
  const moments = Array.from({ length: 5_000 }, (_, index) => index * 7);
  const scale = new Scale(0, 35_000, moments);
  expect(scale.shareOf(17_500)).toBeCloseTo(0.5, 1);
  expect(scale.shareOf(17_600)).toBeGreaterThan(scale.shareOf(17_500));
});
