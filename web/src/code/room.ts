import type { Command } from 'afterlink-wasm';

import type { Player } from '../engine/player.svelte';
import { t } from '../strings';
import {
  COMMAND_OVERHEAD_BYTES,
  COMMANDS_MAX,
  ENGINE_COMMANDS_MAX,
  FILE_BYTES_MAX,
  WRITTEN_BYTES_MAX,
} from './limits';

/**
 * Keeps what the code adds to the scenario within what a scenario may have and what its file has
 * room for. Closing a connection is always let pass: the limits leave room for that.
 */
export class Room {
  #player: Pick<Player, 'look' | 'position'>;
  /** Commands of the scenario when it was measured, with those that were taken in since. */
  #commands: number | undefined;
  /** Bytes of the scenario as it is written to a file. */
  #written = 0;

  constructor(player: Pick<Player, 'look' | 'position'>) {
    this.#player = player;
  }

  /** Takes in a command that the code adds next. Throws in words if there is no room for it. */
  take(command: Command): void {
    const { commands } = this.#player.position;
    const added = bytesOf(JSON.stringify(command)) + COMMAND_OVERHEAD_BYTES;
    // What the visitor does meanwhile takes room as well; and what was added is less than feared.
    if (commands !== this.#commands || this.#written + added > WRITTEN_BYTES_MAX) {
      this.#written = bytesOf(this.#player.look((simulation) => simulation.scenarioText()));
    }
    this.#commands = commands + 1;
    this.#written += added;
    if (command.command === 'close_outside') return;
    if (commands >= COMMANDS_MAX) {
      throw new Error(t('code.too_many_commands', { max: ENGINE_COMMANDS_MAX }));
    }
    if (this.#written > WRITTEN_BYTES_MAX) {
      throw new Error(t('code.sent_too_much', { max: FILE_BYTES_MAX / 1_024 }));
    }
  }
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
