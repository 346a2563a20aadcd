import { Simulation } from 'afterlink-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { client, freePlay } from '../src/engine/free_play';
import { compare, type Comparison } from '../src/panels/inspector/halves';
import { holder, matching, type Subject, subjects } from '../src/panels/inspector/subjects';
import { loadEngine } from './engine';

const STEPS_MAX = 100_000;

beforeAll(loadEngine);

/** A sensor and a display that has subscribed with QoS 2, both connected. */
function world(): Simulation {
  const simulation = new Simulation(freePlay());
  simulation.perform({ command: 'connect', client: 'sensor' });
  simulation.perform({ command: 'connect', client: 'display' });
  simulation.advance(2_000, STEPS_MAX);
  const options = {
    qos: 'ExactlyOnce',
    no_local: false,
    retain_as_published: false,
    retain_handling: 'Send',
  } as const;
  simulation.perform({
    command: 'subscribe',
    client: 'display',
    filters: [{ filter: '#', options }],
  });
  simulation.advance(2_000, STEPS_MAX);
  return simulation;
}

function publish(simulation: Simulation): void {
  simulation.perform({
    command: 'publish',
    client: 'sensor',
    topic: 't',
    payload: 'p',
    qos: 'ExactlyOnce',
  });
}

function lose(
  simulation: Simulation,
  name: string,
  direction: 'to_broker' | 'to_client',
  packet_type: 'PubRec' | 'PubRel' | 'PubComp',
): void {
  const target = { target: 'next', client: name, direction, packet_type } as const;
  simulation.perform({ command: 'fault', target, fault: { fault: 'drop' } });
}

function compared(simulation: Simulation, name: string): Comparison {
  const mine = simulation.clients(100).find((it) => it.name === name);
  return compare(
    mine,
    simulation.inflight(name, undefined, 100),
    simulation.receivedIdentifiers(name, undefined, 100),
  );
}

describe('both halves of a session', () => {
  test('agree when nothing is half done', () => {
    const simulation = world();
    publish(simulation);
    simulation.advance(10_000, STEPS_MAX);
    expect(compared(simulation, 'sensor')).toEqual({ toBroker: [], toClient: [], oneSided: 0 });
    expect(compared(simulation, 'display')).toEqual({ toBroker: [], toClient: [], oneSided: 0 });
  });

  test('both remember a QoS 2 publish whose PUBREC is lost', () => {
    const simulation = world();
    lose(simulation, 'sensor', 'to_client', 'PubRec');
    publish(simulation);
    simulation.advance(10_000, STEPS_MAX);
    const { toBroker, oneSided } = compared(simulation, 'sensor');
    expect(oneSided).toBe(0);
    expect(toBroker).toMatchObject([
      { held: 'both', broker: true, client: { stage: 'awaiting_pub_rec', topic: 't' } },
    ]);
  });

  test('only the client remembers one whose PUBCOMP is lost', () => {
    const simulation = world();
    lose(simulation, 'sensor', 'to_client', 'PubComp');
    publish(simulation);
    simulation.advance(10_000, STEPS_MAX);
    const { toBroker, oneSided } = compared(simulation, 'sensor');
    expect(oneSided).toBe(1);
    expect(toBroker).toMatchObject([
      { held: 'client', broker: false, client: { stage: 'awaiting_pub_comp' } },
    ]);
  });

  test('only the broker remembers a delivery after the client has lost its store', () => {
    const simulation = world();
    lose(simulation, 'display', 'to_broker', 'PubRec');
    publish(simulation);
    simulation.advance(10_000, STEPS_MAX);
    expect(compared(simulation, 'display').toClient).toMatchObject([
      { held: 'both', client: 'AwaitingPubRel', broker: { stage: 'awaiting_pub_rec', topic: 't' } },
    ]);
    simulation.perform({ command: 'lose_state', client: 'display' });
    simulation.advance(1_000, STEPS_MAX);
    expect(compared(simulation, 'display').toClient).toMatchObject([
      { held: 'broker', client: undefined },
    ]);
  });

  test('only the broker remembers an identifier of a client that has none', () => {
    expect(
      compare(undefined, [], [7, 3]).toBroker.map(({ identifier, held }) => [identifier, held]),
    ).toEqual([
      [3, 'broker'],
      [7, 'broker'],
    ]);
  });
});

describe('the list of sessions', () => {
  function listed(simulation: Simulation): Subject[] {
    return subjects(simulation.sessions(undefined, 100), simulation.clients(0));
  }

  test('keeps the order of clients, whoever connects first, and counts sessions as keys do', () => {
    const simulation = new Simulation(freePlay());
    simulation.perform({ command: 'connect', client: 'display' });
    simulation.advance(2_000, STEPS_MAX);
    expect(listed(simulation).map(({ identifier, place }) => [identifier, place])).toEqual([
      ['sensor', undefined],
      ['display', 1],
    ]);
  });

  test('goes on showing a client whose session is gone', () => {
    const simulation = world();
    const request = { command: 'expire_session', client_identifier: 'display' } as const;
    simulation.perform({ command: 'operate', request });
    const display = listed(simulation).find(({ identifier }) => identifier === 'display');
    expect(display?.session).toBeUndefined();
    expect(display?.clients).toHaveLength(1);
  });

  test('puts clients of one identifier together and looks at the one with the session', () => {
    const scenario = freePlay();
    const twin = client('twin', { client_identifier: 'sensor', clean_start: true });
    const simulation = new Simulation({
      ...scenario,
      settings: { ...scenario.settings!, clients: [...scenario.settings!.clients, twin] },
    });
    simulation.perform({ command: 'connect', client: 'sensor' });
    simulation.advance(2_000, STEPS_MAX);
    simulation.perform({ command: 'connect', client: 'twin' });
    simulation.advance(2_000, STEPS_MAX);
    const [subject] = listed(simulation);
    expect(subject?.clients.map(({ name }) => name)).toEqual(['sensor', 'twin']);
    expect(subject === undefined ? undefined : holder(subject)?.name).toBe('twin');
    expect(matching(listed(simulation), 'TWI')).toHaveLength(1);
    expect(matching(listed(simulation), 'nobody')).toHaveLength(0);
  });
});
