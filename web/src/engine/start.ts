import init, { onPanic, Simulation } from 'afterlink-wasm';
import moduleUrl from '../../wasm/afterlink_bg.wasm?url';

import { loadTexts } from '../lessons/texts';
import { freePlay } from './free_play';
import { Player } from './player.svelte';

/**
 * Loads the engine and gives a player that stands at the start of free play, or where the address
 * leads to, if it is to be followed.
 */
export async function start(follows: boolean): Promise<Player> {
  await Promise.all([init({ module_or_path: moduleUrl }), loadTexts()]);
  const player = new Player(new Simulation(freePlay()));
  onPanic((message) => player.engineFailed(message));
  if (!follows) return player;
  await follow(player);
  addEventListener('hashchange', () => void follow(player));
  return player;
}

/** Opens what the fragment of the address carries, if it is a link that was shared. */
async function follow(player: Player): Promise<void> {
  if (!location.hash.startsWith('#play=')) return;
  const { openLink } = await import('./link');
  await openLink(player, location.hash);
}
