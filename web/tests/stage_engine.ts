import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { initSync, type Scenario, Simulation } from 'afterlink-wasm';

import { client, freePlay } from '../src/engine/free_play';
import { Player } from '../src/engine/player.svelte';

initSync({ module: readFileSync(resolve(import.meta.dirname, '../wasm/afterlink_bg.wasm')) });

/** A player at the start of a world with clients of these names. */
export function playerOf(
  names: readonly string[],
  change: (scenario: Scenario) => void = () => {},
): Player {
  const scenario = freePlay();
  if (scenario.settings !== undefined) {
    scenario.settings.clients = names.map((name) => client(name));
    scenario.settings.link = { to_broker_ms: 50, to_client_ms: 50, reorder: false };
  }
  change(scenario);
  return new Player(new Simulation(scenario));
}

/** Subscribes to everything at QoS 2. */
export function subscribe(player: Player, name: string): void {
  const options = {
    qos: 'ExactlyOnce',
    no_local: false,
    retain_as_published: false,
    retain_handling: 'Send',
  } as const;
  player.perform({ command: 'subscribe', client: name, filters: [{ filter: '#', options }] });
}

/** Two clients that are connected; the second one has subscribed to everything. */
export function connected(): Player {
  const player = playerOf(['sensor', 'display']);
  player.performAll([
    { command: 'connect', client: 'sensor' },
    { command: 'connect', client: 'display' },
  ]);
  player.advance(200);
  subscribe(player, 'display');
  player.advance(200);
  return player;
}
