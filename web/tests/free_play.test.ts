import { Simulation } from 'afterlink-wasm';
import { beforeAll, expect, it } from 'vitest';

import { fiveClients } from '../src/engine/five_clients';
import { client, freePlay } from '../src/engine/free_play';
import { adapt } from '../src/panels/play/client_config';
import { parseHex } from '../src/widgets/form/hex';
import { loadEngine } from './engine';

const STEPS_MAX = 10_000;

beforeAll(loadEngine);

it('begins with two clients that can connect', () => {
  const simulation = new Simulation(freePlay());
  expect(simulation.perform({ command: 'connect', client: 'sensor' })).toBeUndefined();
  expect(simulation.perform({ command: 'connect', client: 'display' })).toBeUndefined();
  simulation.advance(1_000, STEPS_MAX);
  expect(simulation.sessions(undefined, 10).map((it) => it.client_identifier)).toEqual([
    'sensor',
    'display',
  ]);
});

it('has an example with every kind of expiry and a half-done QoS 2', () => {
  const simulation = new Simulation(fiveClients());
  simulation.runUntil(simulation.position().start + 7_100, STEPS_MAX);
  const sessions = simulation.sessions(undefined, 10);
  const phone = sessions.find((it) => it.client_identifier === 'phone');
  const pump = sessions.find((it) => it.client_identifier === 'pump');
  expect(phone?.expires_at).toBe(simulation.position().start + 3_500 + 15_000);
  expect(phone?.queue_len).toBe(2);
  expect(phone?.will?.due_at).toBe(simulation.position().start + 3_500 + 10_000);
  expect(pump?.disconnected_at).toBeDefined();
  expect(pump?.expires_at).toBeUndefined();
  expect(simulation.inflight('display', undefined, 10).map((it) => it.stage)).toContain(
    'awaiting_pub_comp',
  );
});

it('takes from a client what its new version has no field for', () => {
  const config = client('a', { will: undefined, topic_alias_maximum: 3 }).config;
  if (config === undefined) throw new Error('it has one');
  const simulation = new Simulation(freePlay());
  const definition = { name: 'a', config: adapt(config, 'V3_1_1') };
  expect(simulation.perform({ command: 'set_client', definition })).toBeUndefined();
  expect(simulation.perform({ command: 'connect', client: 'a' })).toBeUndefined();
  simulation.advance(1_000, STEPS_MAX);
  expect(simulation.clients(0).find((it) => it.name === 'a')?.state).toBe('connected');
});

it('reads bytes in hexadecimal with or without spaces', () => {
  expect(parseHex('48 69')).toEqual([0x48, 0x69]);
  expect(parseHex('4869')).toEqual([0x48, 0x69]);
  expect(parseHex('')).toEqual([]);
  expect(parseHex('4')).toBeUndefined();
  expect(parseHex('zz')).toBeUndefined();
});
