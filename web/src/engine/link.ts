import '../strings/share';
import { t } from '../strings';
import type { Player } from './player.svelte';
import { fragment, shared } from './share';

/** The address that leads back to the present of this scenario; `undefined` if it is too long. */
export async function makeLink(player: Player): Promise<string | undefined> {
  const scenario = player.look((simulation) => simulation.scenarioText());
  const link = await fragment({ at: player.now - player.position.start, scenario });
  if (link === undefined) return undefined;
  // What the address asks for besides, such as a lesson, is not what is shared.
  const address = new URL(location.href);
  address.search = '';
  address.hash = link;
  return address.href;
}

/**
 * Plays what the fragment of an address carries, up to its moment; whether it does. Says so if it
 * cannot.
 */
export async function openLink(player: Player, hash: string): Promise<boolean> {
  try {
    const carried = await shared(hash);
    if (carried === undefined) return false;
    try {
      player.playText(carried.scenario);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(t('share.refused', { reason }), { cause: error });
    }
    player.jump(player.position.start + carried.at);
    return true;
  } catch (error) {
    player.refuse(error);
    return false;
  }
}
