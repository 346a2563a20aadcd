import { expect, test } from 'vitest';

import { JUMP_MS_MAX, readTime } from '../src/panels/clock/time_text';

test.each([
  ['12 s', 12_000],
  ['12s', 12_000],
  ['12', 12_000],
  ['0.5', 500],
  ['0,5 s', 500],
  ['1 Std 30 Min', 5_400_000],
  ['2 Tage', 172_800_000],
  ['250 ms', 250],
  ['1 h', 3_600_000],
  ['1 h 30 min', 5_400_000],
  ['1h30m', 5_400_000],
  ['2 d', 172_800_000],
  ['10 y', 315_360_000_000],
  ['00:01:30', 90_000],
  ['00:01:30.250', 90_250],
  ['1:30', 90_000],
  ['90:00', 5_400_000],
  ['2 d 01:00:00', 176_400_000],
  [' 1 MIN ', 60_000],
  ['+5 s', 12_000],
  ['+ 1 h', 3_607_000],
])('%j is a time', (text, ms) => {
  expect(readTime(text, 7_000)).toEqual({ ms });
});

test.each([
  'soon',
  '5 parsecs',
  '1:60',
  '1:70:00',
  '-5 s',
  '1 s 2 s',
  '12 s x',
  '1e9',
  '5 s +3 s',
  '1.2.3',
])('%j is not', (text) => {
  expect(readTime(text, 0)).toEqual({ fault: 'not_a_time' });
});

test('nothing is told from what is wrong', () => {
  expect(readTime('  ', 0)).toEqual({ fault: 'nothing' });
  expect(readTime('+', 0)).toEqual({ fault: 'nothing' });
});

test('there is an end to how far one can jump', () => {
  expect(readTime('1000 y', 0)).toEqual({ ms: JUMP_MS_MAX });
  expect(readTime('1001 y', 0)).toEqual({ fault: 'too_far' });
  expect(readTime('+1000 y', 1)).toEqual({ fault: 'too_far' });
});
