import type { SessionView } from 'afterlink-wasm';
import { describe, expect, test } from 'vitest';

import { FOREVER, lifetime } from '../src/panels/inspector/lifetime';
import { share, steps } from '../src/widgets/share';

const NO_DROPS = {
  queue_messages: 0,
  queue_bytes: 0,
  queued_bytes: 0,
  expired: 0,
  too_large: 0,
  at_most_once: 0,
  not_authorized: 0,
  purged: 0,
};

const CONNECTION = {
  connection: 1,
  state: 'active',
  window: 32,
  unacknowledged: 0,
  send_credit: 0,
  held_len: 0,
  reading: true,
} as const;

function session(expiry_interval: number, more: Partial<SessionView>): SessionView {
  return {
    client_identifier: 'c',
    number: 1,
    created_at: 0,
    expiry_interval,
    queue_len: 0,
    queue_bytes: 0,
    inflight_len: 0,
    received_len: 0,
    subscriptions_len: 0,
    drops: NO_DROPS,
    ...more,
  };
}

describe('the ring of a session', () => {
  test('does not count while the client is there', () => {
    const there = session(15, { connection: CONNECTION });
    expect(lifetime(there, 1_000)).toEqual({ kind: 'armed', interval: 15_000 });
    expect(lifetime(there, 9_000)).toEqual({ kind: 'armed', interval: 15_000 });
  });

  test('counts while the client is away', () => {
    const away = session(15, { disconnected_at: 1_000, expires_at: 16_000 });
    expect(lifetime(away, 1_000)).toMatchObject({ kind: 'counting', left: 15_000, share: 1 });
    expect(lifetime(away, 13_000)).toMatchObject({ left: 3_000, share: 0.2, endsAt: 16_000 });
    expect(lifetime(away, 20_000)).toMatchObject({ left: 0, share: 0 });
  });

  test('tells 0 and for ever apart', () => {
    expect(lifetime(session(0, { connection: CONNECTION }), 0)).toEqual({
      kind: 'with_connection',
    });
    const away = session(FOREVER, { disconnected_at: 0 });
    expect(lifetime(away, 5)).toEqual({ kind: 'forever', isAway: true });
    const there = session(FOREVER, { connection: CONNECTION });
    expect(lifetime(there, 5)).toEqual({ kind: 'forever', isAway: false });
  });

  test('is drawn in steps, and never empty while something is left', () => {
    expect(share(1, 0)).toBe(0);
    expect(share(-5, 10)).toBe(0);
    expect(share(20, 10)).toBe(1);
    expect(steps(0.00001)).toBeGreaterThan(0);
    expect(steps(0)).toBe(0);
    expect(steps(1)).toBe(1);
    expect(new Set(Array.from({ length: 10_000 }, (_, at) => steps(at / 10_000))).size).toBe(201);
  });
});
