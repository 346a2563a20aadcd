import type { Player } from '../engine/player.svelte';
import { asked } from './address';
import type { Course } from './course.svelte';

/** Opens the lesson that the address of the page names. Says so if there is none. */
export async function openAsked(player: Player, course: Course): Promise<void> {
  try {
    const { lesson, protocol } = asked(location.search);
    if (lesson !== undefined) await course.open(lesson, protocol);
  } catch (error) {
    player.refuse(error);
  }
}
