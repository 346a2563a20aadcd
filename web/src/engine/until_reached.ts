import type { RunProgress } from 'afterlink-wasm';

/** Goes on, bounded call by bounded call, until the goal is reached or nothing moves any more. */
export function untilReached(run: () => RunProgress, goOn: () => boolean = () => true): void {
  let progress = run();
  while (!progress.reached && progress.steps > 0 && goOn()) progress = run();
}
