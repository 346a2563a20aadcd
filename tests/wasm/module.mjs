// The module under test, as `cargo xtask wasm` wrote it, and what was written beside it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

function directory(name) {
  const path = process.env[name];
  if (!path) throw new Error(`${name} is not set: run \`cargo xtask test wasm\``);
  return path;
}

export const packageDirectory = directory("AFTERLINK_PACKAGE");
export const tracesDirectory = directory("AFTERLINK_TRACES");
export const scratchDirectory = directory("AFTERLINK_SCRATCH");
export const lessonsDirectory = join(import.meta.dirname, "../../web/lessons");

export const moduleBytes = readFileSync(join(packageDirectory, "afterlink_bg.wasm"));
export const engine = await import(pathToFileURL(join(packageDirectory, "afterlink.js")).href);
engine.initSync({ module: moduleBytes });

/** More steps than any test takes. */
export const STEPS = 100_000;

/** Takes a lesson to its end, and answers the simulation. */
export function takeLesson(text, protocol, atEachStep = () => {}) {
  const simulation = engine.Simulation.fromLesson(text, protocol);
  for (;;) {
    const end = simulation.beginStep();
    if (end === undefined) return simulation;
    simulation.runUntil(end, STEPS);
    atEachStep(simulation.lesson(), simulation);
  }
}
