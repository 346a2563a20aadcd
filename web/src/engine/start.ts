import init, { onPanic, Simulation } from 'afterlink-wasm';
import moduleUrl from '../../wasm/afterlink_bg.wasm?url';

import { loadTexts } from '../lessons/texts';
import { freePlay } from './free_play';
import { openLink } from './link';
import { Player } from './player.svelte';

/** Loads the engine and gives a player that stands at the start of free play. */
export async function start(): Promise<Player> {
  await Promise.all([init({ module_or_path: moduleUrl }), loadTexts()]);
  const player = new Player(new Simulation(freePlay()));
  onPanic((message) => player.engineFailed(message));
  await openLink(player, location.hash);
  addEventListener('hashchange', () => void openLink(player, location.hash));
  return player;
}
