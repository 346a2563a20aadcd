import { describe, expect, it } from 'vitest';

import { bytes, clock, countdown, duration, payload } from '../src/engine/format';

describe('a length of time', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [12_340, '12.3 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [245_000, '4 min 5 s'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
    [315_360_000_000, '10 y'],
  ])('of %d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('a countdown', () => {
  it.each([
    [-5, '0 s'],
    [1, '0.1 s'],
    [9_950, '10.0 s'],
    [10_001, '11 s'],
    [3_599_001, '1 h'],
  ])('with %d ms left shows %s', (ms, text) => expect(countdown(ms)).toBe(text));
});

it('shows the time since the start as a clock does', () => {
  expect(clock(1_250)).toBe('00:00:01.250');
  expect(clock(86_400_000 + 3_723_004)).toBe('1 d 01:02:03.004');
});

it('shows sizes in the largest whole unit', () => {
  expect([1023, 1024, 1536, 5 * 1024 * 1024].map(bytes)).toEqual([
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '5 MiB',
  ]);
});

it('shows a payload as text, and as bytes if it is none', () => {
  expect(payload(new TextEncoder().encode('21 °C'))).toBe('21 °C');
  expect(payload([0xff, 0x00])).toBe('ff 00');
  expect(payload(new TextEncoder().encode('x'.repeat(100)), 10)).toBe(`${'x'.repeat(9)}…`);
});
