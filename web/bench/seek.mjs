/** How long it takes to go anywhere in a long trace: `npm run bench:seek`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import * as engine from '../wasm/afterlink.js';
import { busy } from './scenario.mjs';

const EVENTS = 10_000;
const SEEKS = 200;
const STEPS_MAX = 1_000_000;

engine.initSync({
  module: readFileSync(resolve(import.meta.dirname, '../wasm/afterlink_bg.wasm')),
});
const simulation = new engine.Simulation(busy(engine, 20, 200));
const { start } = simulation.position();
let end = start;
while (simulation.position().next_entry < EVENTS && end < start + 60_000) {
  end += 100;
  simulation.runUntil(end, STEPS_MAX);
}
const events = simulation.position().next_entry;
const times = Array.from({ length: SEEKS }, (_, seek) => {
  // Back and forth over the whole trace, and nowhere twice.
  const at = start + Math.floor(((end - start) * ((seek * 7_919) % SEEKS)) / SEEKS);
  const before = performance.now();
  simulation.seekTime(at, STEPS_MAX);
  return performance.now() - before;
}).sort((a, b) => a - b);
const median = times[SEEKS / 2].toFixed(1);
const longest = times[SEEKS - 1].toFixed(1);
console.log(`${events} events, ${SEEKS} seeks: median ${median} ms, longest ${longest} ms`);
