// The same scenario gives the same trace here and natively, byte for byte.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { STEPS, engine, lessonsDirectory, takeLesson, tracesDirectory } from "./module.mjs";

const END_MS = 400_000;

function read(...path) {
  return readFileSync(join(tracesDirectory, ...path), "utf8");
}

/** The trace up to the present, as text. */
function traceText(simulation) {
  return simulation.traceText(0, simulation.position().next_entry);
}

test("random scenarios", () => {
  const scenarios = readdirSync(join(tracesDirectory, "scenarios"));
  const files = scenarios.filter((name) => name.endsWith(".json"));
  assert.equal(files.length, 100);
  for (const file of files) {
    const text = read("scenarios", file);
    const expected = read("scenarios", file.replace(".json", ".trace"));
    const simulation = engine.Simulation.fromText(text);
    assert.equal(simulation.scenarioText(), text, `${file} is written as it was read`);
    const end = simulation.position().start + END_MS;
    assert.equal(simulation.runUntil(end, STEPS).reached, true);
    assert.ok(traceText(simulation) === expected, `${file} gives another trace`);
    // From a checkpoint somewhere in the middle, and in small steps, it is the same again.
    simulation.seekTime(end - END_MS / 2, STEPS);
    while (simulation.now() < end && simulation.advanceOnce());
    const again = simulation.traceText(0, 1_000_000);
    assert.ok(again.startsWith(expected), `${file} gives another trace the second time`);
    simulation.free();
  }
});

test("lessons", () => {
  const files = readdirSync(join(tracesDirectory, "lessons"));
  assert.ok(files.length > 0);
  for (const file of files) {
    const [, lesson, protocol] = /^(.*\.json)\.(.*)\.trace$/.exec(file);
    const text = readFileSync(join(lessonsDirectory, lesson), "utf8");
    let answered = false;
    const simulation = takeLesson(text, protocol, (state) => {
      for (const { text: said, holds } of state.checkpoints) assert.ok(holds, `${file}: ${said}`);
      const { prediction, steps } = state.lesson;
      if (steps[state.step].text === prediction.answered_after) {
        assert.equal(state.answers.length, 1, `${file}: one right answer`);
        answered = true;
      }
    });
    assert.ok(answered, file);
    assert.ok(traceText(simulation) === read("lessons", file), `${file} gives another trace`);
    simulation.free();
  }
});
