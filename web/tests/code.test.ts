import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { Bridge, type Carrier } from '../src/code/bridge';
import {
  COMMAND_BYTES_MAX,
  COMMANDS_MAX,
  ENGINE_COMMANDS_MAX,
  FILE_BYTES_MAX,
  LINE_CHARACTERS_MAX,
  STREAMS_MAX,
} from '../src/code/limits';
import { read, type ToCode } from '../src/code/messages';
import { linesBefore, program, withoutImports } from '../src/code/program';
import { Rate } from '../src/code/rate';
import { SNIPPETS } from '../src/code/snippets';
import { freePlay, scenario } from '../src/engine/free_play';
import { Player } from '../src/engine/player.svelte';
import { lessonFiles } from '../src/lessons/files';
import { Simulation } from 'afterlink-wasm';
import '../src/strings/code';
import { loadEngine } from './engine';

beforeAll(loadEngine);

/** CONNECT of version 5: "own", Clean Start 0, Session Expiry Interval 60. */
const CONNECT = bytes('\x10\x15\0\x04MQTT\x05\0\0\x0A\x05\x11\0\0\0\x3C\0\x03own');
const SUBSCRIBE = bytes('\x82\x07\0\x01\0\0\x01t\x01');

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

interface Bench {
  player: Player;
  bridge: Bridge;
  told: ToCode[];
  /** Lets time pass, and hands over what has happened. */
  pass: (ms: number) => void;
}

function bench(simulation = new Simulation(scenario([], []))): Bench {
  const player = new Player(simulation);
  const carrier: Carrier = player;
  const told: ToCode[] = [];
  const bridge = new Bridge(carrier, (message) => told.push(message));
  const pass = (ms: number): void => {
    player.advance(ms);
    bridge.read();
  };
  return { player, bridge, told, pass };
}

function connected(): Bench {
  const it = bench();
  it.bridge.hear({ kind: 'open', stream: 1, name: 'own' });
  it.bridge.hear({ kind: 'send', stream: 1, bytes: CONNECT });
  it.pass(1_000);
  it.bridge.hear({ kind: 'send', stream: 1, bytes: SUBSCRIBE });
  it.pass(1_000);
  return it;
}

function types(told: readonly ToCode[]): (number | string)[] {
  return told.map((it) => (it.kind === 'received' ? (it.bytes[0] ?? 0) >> 4 : it.kind));
}

describe('a connection of the code', () => {
  test('is told that it is open, and of each packet when it arrives', () => {
    const { bridge, told, pass } = bench();
    bridge.hear({ kind: 'open', stream: 7, name: 'own' });
    bridge.hear({ kind: 'send', stream: 7, bytes: CONNECT });
    expect(told).toEqual([{ kind: 'opened', stream: 7 }]);
    pass(599);
    expect(told).toHaveLength(1);
    pass(1);
    expect(types(told)).toEqual(['opened', 2]);
  });

  test('stands on the stage under its Client Identifier', () => {
    const { player } = connected();
    const [client] = player.look((simulation) => simulation.clients(0));
    expect(client).toMatchObject({ name: 'own', is_outside: true, state: 'connected' });
    expect(player.look((simulation) => simulation.session('own'))).toBeDefined();
  });

  test('is told that it is closed when its link is cut, and can be opened anew', () => {
    const { player, bridge, told, pass } = connected();
    player.perform({ command: 'cut', client: 'own', noticed_by: 'both' });
    bridge.read();
    expect(told.at(-1)).toEqual({ kind: 'closed', stream: 1 });
    // What it still sends goes nowhere.
    bridge.hear({ kind: 'send', stream: 1, bytes: SUBSCRIBE });
    bridge.hear({ kind: 'open', stream: 2, name: 'own' });
    bridge.hear({ kind: 'send', stream: 2, bytes: CONNECT });
    pass(1_000);
    expect(types(told).slice(-2)).toEqual(['opened', 2]);
    expect(player.look((simulation) => simulation.clients(0))).toHaveLength(1);
  });

  test('is told nothing of a packet that was dropped', () => {
    const { player, told, pass } = connected();
    const before = told.length;
    const target = { target: 'next', client: 'own', direction: 'to_client' } as const;
    player.perform({ command: 'fault', target, fault: { fault: 'drop' } });
    player.perform({
      command: 'operate',
      request: { command: 'publish', topic: 't', payload: [1], qos: 'AtLeastOnce', retain: false },
    });
    pass(1_000);
    expect(told).toHaveLength(before);
  });

  test('ends with the code', () => {
    const { player, bridge } = connected();
    bridge.closeAll();
    const [client] = player.look((simulation) => simulation.clients(0));
    expect(client?.state).toBe('offline');
  });

  test('begins another history where only time lies ahead', () => {
    const player = new Player(new Simulation(freePlay()));
    player.perform({ command: 'connect', client: 'sensor' });
    player.advance(1_000);
    const at = player.now;
    player.advance(600_000);
    player.seek(at);
    const { history, farthest } = player;
    expect(farthest).toBe(at + 600_000);
    const bridge = new Bridge(player, () => {});
    bridge.hear({ kind: 'open', stream: 1, name: 'own' });
    // Numbers of entries mean others now, and the time ahead is not played.
    expect(player.history).toBe(history + 1);
    expect(player.farthest).toBe(at);
    bridge.hear({ kind: 'send', stream: 1, bytes: CONNECT });
    expect(player.history).toBe(history + 1);
  });

  test('takes no command away that lies ahead', () => {
    const { player, bridge } = connected();
    const { history } = player;
    player.seek(player.position.start);
    const send = (): void => bridge.hear({ kind: 'send', stream: 1, bytes: SUBSCRIBE });
    expect(send).toThrow();
    expect(player.history).toBe(history);
    expect(player.branches()).toEqual([]);
    expect(player.position.has_future_commands).toBe(true);
  });

  test('leads to the same history without the code', () => {
    const { player } = connected();
    const live = player.look((simulation) => simulation.traceText(0, 1_000));
    const replayed = Simulation.fromText(player.look((simulation) => simulation.scenarioText()));
    replayed.runUntil(player.now, 10_000);
    expect(replayed.traceText(0, 1_000)).toBe(live);
  });
});

describe('names of lanes', () => {
  test.each([
    ['pump', 'pump'],
    // What MQTT.js makes up is no name.
    ['mqttjs_1a2b3c4d', 'code'],
    ['', 'code'],
    // The stage has a client of this name.
    ['sensor', 'sensor (code)'],
  ])('%s is called %s', (identifier, name) => {
    const { player, bridge } = bench(new Simulation(freePlay()));
    bridge.hear({ kind: 'open', stream: 1, name: identifier });
    const names = player.look((simulation) => simulation.clients(0)).map((client) => client.name);
    expect(names).toEqual(['sensor', 'display', name]);
  });

  test('two connections with one identifier have a lane each, which the next run takes over', () => {
    const { player, bridge } = bench();
    const names = (): string[] =>
      player.look((simulation) => simulation.clients(0)).map((client) => client.name);
    for (const stream of [1, 2]) bridge.hear({ kind: 'open', stream, name: 'x' });
    expect(names()).toEqual(['x', 'x 2']);
    bridge.closeAll();
    for (const stream of [3, 4]) bridge.hear({ kind: 'open', stream, name: 'x' });
    expect(names()).toEqual(['x', 'x 2']);
  });
});

describe('limits', () => {
  test('of connections', () => {
    const { bridge } = bench();
    for (let stream = 1; stream <= STREAMS_MAX; stream += 1) {
      bridge.hear({ kind: 'open', stream, name: '' });
    }
    const open = (): void => bridge.hear({ kind: 'open', stream: STREAMS_MAX + 1, name: '' });
    expect(open).toThrow(`${STREAMS_MAX} network connections`);
  });

  test('of bytes, which go in commands that the engine takes', () => {
    const { player, bridge } = bench();
    bridge.hear({ kind: 'open', stream: 1, name: '' });
    bridge.hear({ kind: 'send', stream: 1, bytes: new Uint8Array(200 * 1_024).fill(0xc0) });
    const { commands } = player.look((simulation) => simulation.scenario());
    expect(commands).toHaveLength(1 + Math.ceil((200 * 1_024) / COMMAND_BYTES_MAX));
  });

  test('of what a file has room for, whatever has been there before', () => {
    const player = new Player(new Simulation(scenario([], [])));
    const packet = new Uint8Array(COMMAND_BYTES_MAX).fill(0xc0);
    const fill = (): void => {
      const bridge = new Bridge(player, () => {});
      const name = '\u0001'.repeat(40);
      try {
        for (let stream = 1; stream <= STREAMS_MAX; stream += 1) {
          bridge.hear({ kind: 'open', stream, name });
        }
        for (let i = 0; i < 100; i += 1) bridge.hear({ kind: 'send', stream: 1, bytes: packet });
      } finally {
        bridge.closeAll();
      }
    };
    expect(fill).toThrow('1024 KiB');
    // The next run finds no room, and says so.
    expect(fill).toThrow('1024 KiB');
    const text = player.look((simulation) => simulation.scenarioText());
    expect(text.length).toBeGreaterThan(FILE_BYTES_MAX - 300 * 1_024);
    expect(() => Simulation.fromText(text)).not.toThrow();
    const clients = player.look((simulation) => simulation.clients(0));
    expect(clients.filter(({ state }) => state !== 'offline')).toEqual([]);
  });

  test('of commands, with room for closing all connections', () => {
    const { player, bridge } = bench();
    for (let stream = 1; stream <= STREAMS_MAX; stream += 1) {
      bridge.hear({ kind: 'open', stream, name: '' });
    }
    const ping = (): void => {
      bridge.hear({ kind: 'send', stream: 1, bytes: Uint8Array.of(0xc0, 0) });
    };
    while (player.position.commands < COMMANDS_MAX) ping();
    expect(ping).toThrow('10000 commands');
    bridge.closeAll();
    expect(player.position.commands).toBe(COMMANDS_MAX + STREAMS_MAX);
    const clients = player.look((simulation) => simulation.clients(0));
    expect(clients.filter(({ state }) => state !== 'offline')).toEqual([]);
  });

  test('that were passed by others keep nobody from ending the code', () => {
    const { player, bridge } = connected();
    while (player.position.commands < ENGINE_COMMANDS_MAX) {
      player.carry({ command: 'send_outside', client: 'own', bytes: [0xc0, 0] });
    }
    bridge.read();
    expect(() => bridge.closeAll()).not.toThrow();
  });
});

test('so many messages may come within a second', () => {
  const rate = new Rate(3);
  expect([0, 500, 999, 999].map((now) => rate.take(now))).toEqual([true, true, true, false]);
  expect([1_000, 1_000, 1_000, 1_999].map((now) => rate.take(now))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

describe('messages of the code', () => {
  test.each([
    undefined,
    null,
    'open',
    { kind: 'perform' },
    { kind: 'open', stream: 1 },
    { kind: 'open', stream: 0.5, name: 'x' },
    { kind: 'send', stream: 1, bytes: [1, 2] },
    { kind: 'said', lines: 'x' },
  ])('%j is none', (message) => expect(read(message)).toBeUndefined());

  test('lines are shortened, and only so many are taken', () => {
    const long = { level: 'shout', text: 'x'.repeat(LINE_CHARACTERS_MAX + 10), line: -1 };
    const message = read({ kind: 'said', lines: Array<unknown>(5_000).fill(long) });
    if (message?.kind !== 'said') throw new Error('it is one');
    expect(message.lines.length).toBeLessThanOrEqual(200);
    expect(message.lines[0]).toEqual({
      level: 'log',
      text: `${'x'.repeat(LINE_CHARACTERS_MAX)}…`,
      line: undefined,
    });
  });

  test('nobody but the page makes notes', () => {
    const message = read({ kind: 'said', lines: [{ level: 'note', text: 'Stopped' }] });
    expect(message).toMatchObject({ lines: [{ level: 'log' }] });
  });
});

describe('the program', () => {
  test('has the code on the lines that are said', () => {
    const text = program('first\nsecond', 'mqtt\nmqtt', 'glue');
    const lines = text.split('\n');
    const before = linesBefore('mqtt\nmqtt', 'glue');
    expect(lines[before]).toBe('first');
    expect(lines[before + 1]).toBe('second');
    expect(text).toContain(`(${before}).then`);
  });

  test.each([
    ["import mqtt from 'mqtt';", "const mqtt = require('mqtt');"],
    ['import * as mqtt from "mqtt"', "const mqtt = require('mqtt');"],
    ["import { connect } from 'mqtt';", "const { connect } = require('mqtt');"],
    [
      "import mqtt, { connectAsync as go } from 'mqtt'",
      "const mqtt = require('mqtt'); const { connectAsync: go } = require('mqtt');",
    ],
    [
      "import {\n  connect,\n} from 'mqtt';\nrun()",
      "const {\n  connect,\n} = require('mqtt');\nrun()",
    ],
    ["import fs from 'fs';", "import fs from 'fs';"],
    ["const mqtt = require('mqtt');", "const mqtt = require('mqtt');"],
  ])('imports: %s', (code, made) => expect(withoutImports(code)).toBe(made));
});

test('each snippet is a file, and belongs to a lesson that it names', () => {
  const directory = resolve(import.meta.dirname, '../src/code/snippets');
  expect(readdirSync(directory).sort()).toEqual(SNIPPETS.map(({ id }) => `${id}.js`).sort());
  const numbers = new Set(lessonFiles.map(({ number }) => number));
  for (const { id, lesson } of SNIPPETS) {
    expect(numbers).toContain(lesson);
    const [first] = readFileSync(resolve(directory, `${id}.js`), 'utf8').split('\n');
    expect(first).toMatch(new RegExp(`^// Lessons? (\\d+ and )?${lesson}: `));
  }
});
