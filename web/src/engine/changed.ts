import type { Position } from 'afterlink-wasm';

/** Whether more than the time differs between two positions of a simulation. */
export function hasChanged(before: Position, position: Position): boolean {
  return (
    position.steps !== before.steps ||
    position.next_entry !== before.next_entry ||
    position.commands !== before.commands ||
    position.branches !== before.branches ||
    position.has_future_commands !== before.has_future_commands
  );
}
