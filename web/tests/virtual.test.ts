import { describe, expect, test } from 'vitest';

import { offset, reveal, span } from '../src/widgets/virtual';

const shape = { count: 1_000, rowHeight: 20, scrollTop: 0, height: 100, overscan: 2 };

describe('the window of a long list', () => {
  test('holds the rows that are seen and some beyond', () => {
    expect(span(shape)).toEqual({ start: 0, end: 8, before: 0, after: 992 * 20 });
    expect(span({ ...shape, scrollTop: 400 })).toMatchObject({ start: 18, end: 28, before: 360 });
  });

  test('always takes as much room as all rows', () => {
    const extra = { index: 30, height: 33 };
    for (let scrollTop = 0; scrollTop <= 20_000; scrollTop += 7) {
      const { start, end, before, after } = span({ ...shape, scrollTop, extra });
      const inside = (end - start) * 20 + (start <= 30 && 30 < end ? 33 : 0);
      expect(before + inside + after).toBe(20_033);
    }
  });

  test('covers what is seen, wherever it is scrolled to and whatever row is taller', () => {
    for (const index of [0, 5, 50, 999]) {
      const extra = { index, height: 61 };
      for (let scrollTop = 0; scrollTop <= 1_200; scrollTop += 3) {
        const { start, end, before } = span({ ...shape, scrollTop, extra, overscan: 0 });
        expect(before).toBeLessThanOrEqual(scrollTop);
        expect(offset({ rowHeight: 20, extra }, end)).toBeGreaterThanOrEqual(
          Math.min(scrollTop + 100, 20_061),
        );
        expect(end - start).toBeLessThanOrEqual(7);
      }
    }
  });

  test('stays within a list that has become shorter', () => {
    expect(span({ ...shape, count: 3, scrollTop: 5_000 })).toEqual({
      start: 0,
      end: 3,
      before: 0,
      after: 0,
    });
    expect(span({ ...shape, count: 0 })).toEqual({ start: 0, end: 0, before: 0, after: 0 });
  });

  test('scrolls no farther than it must to show a row', () => {
    expect(reveal({ ...shape, scrollTop: 200 }, 12)).toBe(200);
    expect(reveal({ ...shape, scrollTop: 200 }, 3)).toBe(60);
    expect(reveal({ ...shape, scrollTop: 200 }, 20)).toBe(320);
    expect(reveal({ ...shape, height: 1_000 }, 2)).toBe(0);
  });
});
