import { Simulation } from 'afterlink-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { fiveClients } from '../src/engine/five_clients';
import { Journal, ROWS_MAX } from '../src/engine/journal';
import { marksOf } from '../src/panels/inspector/marks';
import { Log } from '../src/panels/log/log';
import { parse } from '../src/panels/log/filter';
import { loadEngine } from './engine';

const STEPS_MAX = 100_000;

beforeAll(loadEngine);

function at(ms: number): Simulation {
  const simulation = new Simulation(fiveClients());
  simulation.runUntil(simulation.position().start + ms, STEPS_MAX);
  return simulation;
}

/** Reads until there is no more. */
function readAll(journal: Journal, simulation: Simulation): Journal {
  do journal.read(simulation, simulation.position());
  while (journal.isBehind);
  return journal;
}

function seek(simulation: Simulation, ms: number): void {
  simulation.seekTime(simulation.position().start + ms, STEPS_MAX);
}

/** What rows tell, without what a fresh journal would tell in the same way. */
function told(journal: Journal): unknown[] {
  return journal.rows.map(({ number, at, what, end }) => ({ number, at, what, end }));
}

describe('the journal', () => {
  test('has a row for each packet, with what became of it', () => {
    const simulation = at(20_000);
    const journal = readAll(new Journal(), simulation);
    const packets = journal.rows.filter(({ what }) => what.entry === 'packet_sent');
    expect(packets.length).toBeGreaterThan(20);
    for (const { what, end } of packets) {
      if (what.entry !== 'packet_sent') continue;
      expect(end?.fate).toEqual(simulation.packet(what.packet)?.fate);
    }
    expect(journal.rows.some(({ what }) => what.entry === 'packet_delivered')).toBe(false);
  });

  test('reads the same in parts as at once', () => {
    const inParts = new Journal();
    const simulation = at(0);
    for (let ms = 0; ms <= 12_000; ms += 130) {
      simulation.runUntil(simulation.position().start + ms, STEPS_MAX);
      inParts.read(simulation, simulation.position());
    }
    simulation.runUntil(simulation.position().start + 12_000, STEPS_MAX);
    readAll(inParts, simulation);
    expect(told(inParts)).toEqual(told(readAll(new Journal(), at(12_000))));
  });

  test('knows nothing of what lies ahead after going back', () => {
    const simulation = at(20_000);
    const journal = readAll(new Journal(), simulation);
    expect(journal.ending('phone')?.reason).toBe('expired');
    seek(simulation, 3_600);
    readAll(journal, simulation);
    expect(journal.ending('phone')).toBeUndefined();
    expect(told(journal)).toEqual(told(readAll(new Journal(), at(3_600))));
    seek(simulation, 20_000);
    expect(told(readAll(journal, simulation))).toEqual(told(readAll(new Journal(), at(20_000))));
  });

  test('takes a packet for in flight again when its arrival lies ahead', () => {
    const simulation = at(100);
    const journal = readAll(new Journal(), simulation);
    expect(journal.packet(1)?.end).toBeUndefined();
    seek(simulation, 500);
    expect(readAll(journal, simulation).packet(1)?.end?.fate).toBe('delivered');
    seek(simulation, 100);
    expect(readAll(journal, simulation).packet(1)?.end).toBeUndefined();
  });

  test('tells another history after a fork', () => {
    const simulation = at(9_000);
    const journal = readAll(new Journal(), simulation);
    seek(simulation, 3_000);
    readAll(journal, simulation);
    simulation.fork();
    simulation.perform({ command: 'disconnect', client: 'phone' });
    simulation.advance(6_000, STEPS_MAX);
    readAll(journal, simulation);
    expect(told(journal)).toEqual(told(readAll(new Journal(), simulation)));
  });

  test('begins anew with another scenario', () => {
    const journal = readAll(new Journal(), at(9_000));
    const other = new Simulation({ ...fiveClients(), commands: [] });
    other.perform({ command: 'connect', client: 'pump' });
    readAll(journal, other);
    expect(told(journal)).toEqual(told(readAll(new Journal(), other)));
    expect(journal.arrival('sensor')).toBeUndefined();
  });

  test('keeps no more than it may', () => {
    const simulation = at(3_000);
    simulation.fork();
    for (let round = 0; round < 30; round += 1) {
      for (let place = 0; place < 60; place += 1) {
        simulation.perform({
          command: 'publish',
          client: 'sensor',
          topic: 'x',
          payload: 'y',
          qos: 'AtLeastOnce',
        });
      }
      simulation.advance(1_000, STEPS_MAX);
    }
    const journal = readAll(new Journal(), simulation);
    expect(journal.rows.length).toBeGreaterThan(ROWS_MAX / 2);
    expect(journal.rows.length).toBeLessThanOrEqual(ROWS_MAX + 500);
    expect(journal.hasGaps).toBe(true);
    expect(journal.rows.at(-1)?.number).toBeGreaterThan(simulation.position().next_entry - 10);
  });

  test('tells when a client came last and whether it found its session', () => {
    const simulation = at(9_000);
    const journal = readAll(new Journal(), simulation);
    expect(journal.arrival('display')?.sessionPresent).toBe(false);
    simulation.perform({ command: 'connect', client: 'display' });
    simulation.advance(1_000, STEPS_MAX);
    expect(readAll(journal, simulation).arrival('display')?.sessionPresent).toBe(true);
  });
});

describe('what is new', () => {
  test('are the messages queued since the step, and only those', () => {
    const simulation = at(5_600);
    const journal = readAll(new Journal(), simulation);
    const since = simulation.position().next_entry;
    expect(marksOf(journal, since, 'phone').queuedFrom).toBe(Infinity);
    simulation.fork();
    const publish = {
      command: 'publish',
      client: 'sensor',
      topic: 'alarm/a',
      payload: 'z',
      qos: 'AtLeastOnce',
    } as const;
    simulation.perform(publish);
    simulation.advance(1_000, STEPS_MAX);
    readAll(journal, simulation);
    const marks = marksOf(journal, since, 'phone');
    const queue = simulation.queue('phone', undefined, 10);
    expect(
      queue
        .filter(({ arrival }) => arrival >= marks.queuedFrom)
        .map(({ message }) => message.topic),
    ).toEqual(['alarm/a']);
    expect(marks.isNew).toBe(false);
    expect(marksOf(journal, 1, 'phone').isNew).toBe(true);
    expect(marksOf(journal, 1, 'phone').filters).toEqual(new Set(['alarm/+']));
  });
});

describe('the rows of the log', () => {
  function count(simulation: Simulation, text: string): number {
    const log = new Log({});
    const filter = parse(text);
    if (typeof filter !== 'function') throw new Error(filter.fault);
    log.show(simulation, filter, 0);
    return log.show(simulation, filter, 0).rows.length;
  }

  test('are found by what their packets say', () => {
    const simulation = at(9_000);
    expect(count(simulation, 'type:connect')).toBe(5);
    expect(count(simulation, 'type:connack from:broker to:phone')).toBe(1);
    expect(count(simulation, 'type:subscribe topic:alarm/+ is:packet')).toBe(1);
    expect(count(simulation, 'type:publish is:packet to:broker qos:2')).toBe(3);
    expect(count(simulation, 'client:pump type:message_queued')).toBe(1);
    expect(count(simulation, 'is:lost')).toBeGreaterThan(0);
    expect(count(simulation, 'is:command')).toBe(fiveClients().commands?.length);
    expect(count(simulation, 'type:command_connect client:pump')).toBe(1);
  });

  test('say what is held', () => {
    const simulation = at(3_000);
    const target = { target: 'next', client: 'display', direction: 'to_client' } as const;
    simulation.fork();
    simulation.perform({ command: 'fault', target, fault: { fault: 'hold' } });
    simulation.perform({
      command: 'publish',
      client: 'sensor',
      topic: 'home/x',
      payload: '1',
      qos: 'AtLeastOnce',
    });
    simulation.advance(2_000, STEPS_MAX);
    expect(count(simulation, 'is:held')).toBe(1);
    expect(count(simulation, 'is:held type:publish to:display')).toBe(1);
  });
});
