import { Simulation } from 'afterlink-wasm';
import { beforeAll, expect, test } from 'vitest';

import { Bridge, type Carrier } from '../src/code/bridge';
import type { ToCode } from '../src/code/messages';
import { scenario } from '../src/engine/free_play';
import { Player } from '../src/engine/player.svelte';
import { loadEngine } from './engine';

beforeAll(loadEngine);

/** CONNECT of version 5: "own", Keep Alive 0. */
const CONNECT = new TextEncoder().encode('\x10\x10\0\x04MQTT\x05\x02\0\0\0\0\x03own');

/** A player whose trace keeps nothing before an entry. */
function forgetful(player: Player): { carrier: Carrier; forget: () => void; read: number[] } {
  let first = 0;
  const read: number[] = [];
  const look: Player['look'] = (use) =>
    player.look((simulation) => {
      const trace: Simulation['trace'] = (from, limit) => {
        const page = simulation.trace(Math.max(from, first), limit);
        const at = Math.max(from, first);
        read.push(...page.entries.map((_, index) => at + index));
        return { ...page, first };
      };
      return use(
        new Proxy(simulation, {
          get: (target, name) => {
            if (name === 'trace') return trace;
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
      );
    });
  const carrier: Carrier = {
    look,
    carry: (command) => player.carry(command),
    get position() {
      return player.position;
    },
  };
  const forget = (): void => {
    first = player.position.next_entry - 2;
  };
  return { carrier, forget, read };
}

test('a trace that has let entries go is read once, from its first entry to the present', () => {
  const player = new Player(new Simulation(scenario([], [])));
  const { carrier, forget, read } = forgetful(player);
  const told: ToCode[] = [];
  const bridge = new Bridge(carrier, (message) => told.push(message));
  bridge.hear({ kind: 'open', stream: 1, name: 'own' });
  bridge.hear({ kind: 'send', stream: 1, bytes: CONNECT });
  player.advance(10_000);
  const present = player.position.next_entry;
  // What was played farther on is not for the code to see.
  player.advance(600_000);
  player.seek(player.position.start + 10_000);
  forget();
  read.length = 0;
  bridge.read();
  expect(read.at(-1)).toBe(present - 1);
  expect(new Set(read.slice(-2))).toEqual(new Set([present - 2, present - 1]));
  // Its link is still there.
  expect(told.map(({ kind }) => kind)).not.toContain('closed');
});

test('a trace that has let entries go closes the connections whose links have gone unseen', () => {
  const player = new Player(new Simulation(scenario([], [])));
  const { carrier, forget } = forgetful(player);
  const told: ToCode[] = [];
  const bridge = new Bridge(carrier, (message) => told.push(message));
  for (const [stream, name] of [
    [1, 'own'],
    [2, 'other'],
  ] as const) {
    bridge.hear({ kind: 'open', stream, name });
  }
  player.perform({ command: 'cut', client: 'own', noticed_by: 'both' });
  // Enough for the end of the link to be forgotten.
  for (let i = 0; i < 3; i += 1) player.perform({ command: 'open_outside', client: `x ${i}` });
  forget();
  bridge.read();
  expect(told.filter(({ kind }) => kind === 'closed')).toEqual([{ kind: 'closed', stream: 1 }]);
});
