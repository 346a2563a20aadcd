import { expect, test } from 'vitest';

import type { Player } from '../src/engine/player.svelte';
import { Feed } from '../src/panels/stage/feed';
import { DRAWN_MAX, type Arrow, ladder, type Ladder } from '../src/panels/stage/ladder';
import { BROKER } from '../src/panels/stage/mark_text';
import { headAt, yOn } from '../src/panels/stage/path';
import { stageView } from '../src/panels/stage/view';
import { connected, playerOf } from './stage_engine';

const METRICS = { arrow: 20, mark: 22 };

function climb(player: Player, feed = new Feed()): Ladder {
  return player.look((simulation) => {
    feed.read(simulation, player.history);
    const { flights, states } = stageView(simulation);
    for (const { known } of flights) feed.learn(known);
    return ladder({
      entries: feed.entries,
      flights,
      now: simulation.now(),
      metrics: METRICS,
      states,
      packet: (number) => feed.packet(number),
    });
  });
}

function named({ arrows }: Ladder, name: string): Arrow[] {
  return arrows.filter(({ text }) => text.name === name);
}

/** What is drawn, without the entries it comes from: those tell of the moment they were read. */
function drawnOf({ rows, arrows, marks, spans }: Ladder): unknown {
  return {
    rows: rows.list,
    arrows: arrows.map((arrow) => ({ ...arrow, sent: arrow.sent?.entry.number })),
    marks: marks.map((mark) => ({ ...mark, entry: mark.entry.entry.number })),
    spans,
  };
}

function ends(arrow: Arrow | undefined): [number, number] {
  return [arrow?.points[0]?.y ?? NaN, arrow?.points.at(-1)?.y ?? NaN];
}

function publish(player: Player, topic = 'a/b'): void {
  player.perform({ command: 'publish', client: 'sensor', topic, payload: '1', qos: 'AtLeastOnce' });
}

test('packets go down from one lane to the other', () => {
  const player = connected();
  publish(player);
  player.advance(500);
  const drawn = climb(player);
  const [first, second] = named(drawn, 'PUBLISH');
  expect(first?.text).toMatchObject({
    client: 'sensor',
    direction: 'to_broker',
    identifier: 1,
    flags: ['QoS 1'],
  });
  expect(second?.text).toMatchObject({ client: 'display', direction: 'to_client', detail: 'a/b' });
  expect(second?.handed).toBe('message');
  for (const arrow of drawn.arrows) {
    expect(arrow.state).toBe('delivered');
    const [from, to] = ends(arrow);
    expect(to).toBeGreaterThan(from);
  }
  // What the broker sends on leaves below where the packet came in.
  expect(ends(second)[0]).toBeGreaterThan(ends(first)[1]);
});

test('packets of one moment stand side by side or below each other, never on each other', () => {
  const player = connected();
  for (let count = 0; count < 4; count += 1) publish(player);
  player.advance(50);
  const all = named(climb(player), 'PUBLISH');
  const starts = all.filter(({ text }) => text.client === 'sensor').map((arrow) => ends(arrow)[0]);
  expect(new Set(starts).size).toBe(4);
  expect(starts.toSorted((one, other) => one - other)).toEqual(starts);
});

test('a packet in flight has its head at the present', () => {
  const player = connected();
  publish(player);
  player.advance(25);
  const drawn = climb(player);
  const arrow = named(drawn, 'PUBLISH')[0];
  expect(arrow?.state).toBe('flying');
  const half = headAt(arrow?.points ?? [], drawn.rows.yAt(player.now));
  expect(half.share).toBeGreaterThan(0.3);
  expect(half.share).toBeLessThan(0.8);
  const later = headAt(arrow?.points ?? [], drawn.rows.yAt(player.now + 20));
  expect(later.share).toBeGreaterThan(half.share);
  expect(headAt(arrow?.points ?? [], drawn.rows.yAt(player.now + 25)).share).toBeCloseTo(1);
});

test('a long time without anything is short', () => {
  const player = connected();
  player.perform({ command: 'cut', client: 'sensor' });
  player.perform({ command: 'cut', client: 'display' });
  player.advance(3_000_000);
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(60);
  const drawn = climb(player);
  const gap = drawn.rows.gaps.find(({ ms }) => ms >= 3_000_000);
  expect(gap).toBeDefined();
  expect((gap?.bottom ?? Infinity) - (gap?.top ?? 0)).toBeLessThan(60);
});

test('time goes down, whatever happens', () => {
  const player = connected();
  publish(player);
  player.advance(3_000);
  const { rows } = climb(player);
  let before = -1;
  for (let at = player.position.start; at <= player.now + 5_000; at += 10) {
    const y = rows.yAt(at);
    expect(y).toBeGreaterThanOrEqual(before);
    before = y;
  }
});

test('a packet that is dropped ends on its way, with the cause', () => {
  const player = connected();
  publish(player);
  player.advance(10);
  const packet = named(climb(player), 'PUBLISH')[0]?.packet ?? 0;
  player.perform({
    command: 'fault',
    target: { target: 'packet', packet },
    fault: { fault: 'drop' },
  });
  player.advance(500);
  const arrow = named(climb(player), 'PUBLISH')[0];
  expect(arrow).toMatchObject({ state: 'lost', cause: 'dropped' });
  expect(arrow?.points.at(-1)?.share).toBeLessThan(0.6);
});

test('a packet that is held stays where it is, and what is behind it stays behind', () => {
  const player = connected();
  publish(player, 'one');
  publish(player, 'two');
  player.advance(20);
  const [one] = named(climb(player), 'PUBLISH');
  const target = { target: 'packet', packet: one?.packet ?? 0 } as const;
  player.perform({ command: 'fault', target, fault: { fault: 'hold' } });
  player.advance(5_000);
  const held = named(climb(player), 'PUBLISH');
  expect(held.map(({ state }) => state)).toEqual(['held', 'stuck']);
  expect(held[1]?.points.at(-1)?.share).toBeLessThan(held[0]?.points.at(-1)?.share ?? 0);
  player.perform({ command: 'fault', target, fault: { fault: 'release' } });
  player.advance(200);
  const released = named(climb(player), 'PUBLISH')[0];
  expect(released).toMatchObject({ state: 'delivered', wasHeld: true });
  expect(released?.points).toHaveLength(4);
});

test('a second packet that the network made is called a copy', () => {
  const player = connected();
  player.perform({
    command: 'fault',
    target: { target: 'next', client: 'sensor', direction: 'to_broker' },
    fault: { fault: 'duplicate' },
  });
  publish(player);
  player.advance(500);
  const sent = named(climb(player), 'PUBLISH').filter(({ text }) => text.client === 'sensor');
  expect(sent.map(({ text }) => text.duplicateOf)).toEqual([undefined, sent[0]?.packet]);
});

test('packets without delay go down too', () => {
  const player = playerOf(['sensor'], ({ settings }) => {
    if (settings !== undefined)
      settings.link = { to_broker_ms: 0, to_client_ms: 0, reorder: false };
  });
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(1);
  publish(player);
  player.advance(1);
  const drawn = climb(player);
  expect(named(drawn, 'PUBACK')).toHaveLength(1);
  for (const arrow of drawn.arrows) {
    const [from, to] = ends(arrow);
    expect(to).toBeGreaterThan(from);
  }
});

test('what a command does stands below what was there before it, at the same moment', () => {
  const player = connected();
  publish(player);
  player.perform({ command: 'cut', client: 'sensor' });
  const drawn = climb(player);
  const cut = drawn.marks.find(({ text }) => text === 'link cut');
  expect(cut?.lane).toBe('sensor');
  expect(cut?.y).toBeGreaterThan(ends(named(drawn, 'PUBLISH')[0])[0]);
});

test('sessions, lanes and queues are marked, and say why', () => {
  const player = connected();
  player.perform({ command: 'cut', client: 'display' });
  publish(player);
  publish(player);
  player.advance(3_700_000);
  const drawn = climb(player);
  const texts = drawn.marks.map(({ text }) => text);
  expect(texts).toContain('session begins: display');
  expect(texts).toContain('connection lost: display');
  expect(texts).toContain('session expired: display');
  const queued = drawn.marks.find(({ text }) => text === 'queued: display');
  expect(queued).toMatchObject({ lane: BROKER, count: 2 });
  expect(
    drawn.marks.find(({ text }) => text.startsWith('session expired'))?.entry.why?.statement,
  ).toMatch(/^MQTT-/);
  const states = drawn.spans.filter(({ lane }) => lane === 'display').map(({ state }) => state);
  expect(states).toEqual(['offline', 'connecting', 'connected', 'offline']);
});

test('a lane is connected from where CONNACK came, whatever else happens at that moment', () => {
  const player = playerOf(['sensor']);
  player.perform({ command: 'connect', client: 'sensor' });
  player.advance(100);
  publish(player);
  player.advance(25);
  const drawn = climb(player);
  const span = drawn.spans.find(({ lane, state }) => lane === 'sensor' && state === 'connected');
  expect(span?.from).toBeLessThan(ends(named(drawn, 'PUBLISH')[0])[0]);
  expect(span?.from).toBeGreaterThan(ends(named(drawn, 'CONNACK')[0])[0]);
});

test('a message that leaves the queue at once is not called queued', () => {
  const player = connected();
  publish(player);
  player.advance(500);
  expect(climb(player).marks.map(({ text }) => text)).not.toContain('queued: display');
});

test('no more is drawn than can be looked at', () => {
  const player = connected();
  for (let count = 0; count < 200; count += 1) publish(player);
  player.advance(1_000);
  const drawn = climb(player);
  expect(drawn.isCutOff).toBe(true);
  expect(drawn.arrows.length + drawn.marks.length).toBeLessThanOrEqual(DRAWN_MAX);
  expect(named(drawn, 'PUBACK').length).toBeGreaterThan(0);
});

test('what was read bit by bit is what is read at once', () => {
  const player = connected();
  const feed = new Feed();
  for (let count = 0; count < 30; count += 1) {
    publish(player);
    player.advance(37);
    climb(player, feed);
  }
  player.seek(player.position.start + 700);
  expect(drawnOf(climb(player, feed))).toEqual(drawnOf(climb(player)));
  player.seek(player.farthest);
  expect(drawnOf(climb(player, feed))).toEqual(drawnOf(climb(player)));
});

test('another history shows none of the packets of the one that was left', () => {
  const player = connected();
  const feed = new Feed();
  publish(player, 'left');
  player.advance(500);
  expect(named(climb(player, feed), 'PUBLISH')[0]?.text.detail).toBe('left');
  player.seek(player.position.start + 399);
  player.fork();
  publish(player, 'taken');
  player.advance(500);
  expect(named(climb(player, feed), 'PUBLISH').map(({ text }) => text.detail)).toEqual([
    'taken',
    'taken',
  ]);
});

test('a way has a height at each share of it', () => {
  const points = [
    { share: 0, y: 10 },
    { share: 0.5, y: 20 },
    { share: 0.5, y: 60 },
    { share: 1, y: 70 },
  ];
  expect(yOn(points, 0.25)).toBe(15);
  expect(yOn(points, 0.75)).toBe(65);
  expect(yOn(points.slice(0, 2), 0.9)).toBe(20);
  expect(headAt(points, 40)).toEqual({ share: 0.5, y: 40 });
  expect(headAt(points, 90)).toEqual({ share: 1, y: 90 });
});
