// The generated types are those of the values: TypeScript checks values that were really made.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import {
  STEPS, engine, lessonsDirectory, packageDirectory, scratchDirectory, takeLesson, tracesDirectory,
} from "./module.mjs";

/** Values by their types, one of each shape. */
const found = new Map();

/** The kinds of all parts of a value, and the words that tell variants apart. */
function shape(value) {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].sort()}]`;
  if (value === null || typeof value !== "object") return typeof value;
  const tags = /^(entry|event|timer|command|packet|is|party)$/;
  const word = (key) => (tags.test(key) && typeof value[key] === "string" ? value[key] : "");
  return `{${Object.keys(value).map((key) => `${key}${word(key)}:${shape(value[key])}`)}}`;
}

function add(type, value) {
  if (value === undefined) return;
  if (!found.has(type)) found.set(type, new Map());
  const shapes = found.get(type);
  const key = shape(value);
  if (!shapes.has(key)) shapes.set(key, value);
}

/** Long lists of things of few shapes only make TypeScript slow. */
function oneOfEachShape(list) {
  if (typeof list[0] !== "object" || Array.isArray(list[0])) return list;
  return [...new Map(list.map((it) => [shape(it), it])).values()];
}

function literal(value) {
  if (Array.isArray(value)) return `[${oneOfEachShape(value).map(literal)}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "undefined";
  const fields = Object.entries(value).map(([key, it]) => `${JSON.stringify(key)}: ${literal(it)}`);
  return `{ ${fields} }`;
}

function addAll(simulation) {
  add("Position", simulation.position());
  add("BrokerState", simulation.broker());
  for (const it of simulation.timers(50)) add("TimerFired", it);
  for (const it of simulation.links()) add("LinkView", it);
  for (const it of simulation.clients(50)) add("ClientView", it);
  for (const it of simulation.retained(undefined, 50)) add("RetainedView", it);
  for (const it of simulation.shareGroups(50)) add("GroupView", it);
  for (const it of simulation.connections(0, 50)) add("ConnectionView", it);
  for (const session of simulation.sessions(undefined, 50)) {
    const { client_identifier: name } = session;
    add("SessionView", session);
    for (const it of simulation.queue(name, undefined, 50)) add("QueueEntryView", it);
    for (const it of simulation.inflight(name, undefined, 50)) add("InflightView", it);
    for (const it of simulation.subscriptions(name, undefined, 50)) add("SubscriptionView", it);
    add("ReceivedIdentifiers", simulation.receivedIdentifiers(name, undefined, 50));
  }
}

function addField(field) {
  const children = field.children.map((it) => ({ ...it, children: [] }));
  add("DissectedField", { ...field, children });
  for (const child of field.children) addField(child);
}

function addTrace(simulation) {
  for (const it of simulation.trace(0, STEPS).entries) add("ExplainedEntry", it);
  for (let packet = 1; ; packet += 1) {
    const details = simulation.packet(packet);
    if (!details) break;
    // Each packet has a tree of its own shape: one of its fields stands for all of its kind.
    const { dissection } = details;
    for (const field of dissection.fields) addField(field);
    const fields = dissection.fields.map((field) => ({ ...field, children: [] }));
    add("PacketDetails", { ...details, dissection: { ...dissection, fields } });
  }
}

function collect() {
  add("Settings", engine.defaultSettings());
  add("ClientDefinition", engine.defaultClient("S"));
  for (let seed = 0; seed < 20; seed += 1) {
    const text = readFileSync(join(tracesDirectory, "scenarios", `${seed}.json`), "utf8");
    const simulation = engine.Simulation.fromText(text);
    for (let at = 0; at < 40; at += 1) {
      add("RunProgress", simulation.advance(10_000, STEPS));
      addAll(simulation);
    }
    addTrace(simulation);
    add("Scenario", simulation.scenario());
    simulation.seekTime(simulation.position().start, STEPS);
    simulation.fork();
    add("Branches", simulation.branches());
    simulation.free();
  }
  for (const name of readdirSync(lessonsDirectory).filter((it) => it.endsWith(".json"))) {
    const text = readFileSync(join(lessonsDirectory, name), "utf8");
    takeLesson(text, "V5", (state) => add("LessonState", state)).free();
  }
}

test("TypeScript takes every kind of value for what it is declared to be", () => {
  collect();
  assert.ok(found.size >= 18, [...found.keys()].join());
  const declarations = `${packageDirectory}/afterlink.d.ts`;
  const lines = [`import type * as Types from "${packageDirectory}/afterlink.js";`];
  for (const [type, shapes] of found) {
    assert.ok(shapes.size > 0);
    for (const [index, value] of [...shapes.values()].entries()) {
      lines.push(`export const ${type}${index}: Types.${type} = ${literal(value)};`);
    }
  }
  // And that it would not take anything: `any` somewhere would.
  lines.push("// @ts-expect-error");
  lines.push("export const wrong: Types.Entry['what'] = { entry: 'packet_sent' };");
  mkdirSync(scratchDirectory, { recursive: true });
  writeFileSync(join(scratchDirectory, "values.ts"), `${lines.join("\n")}\n`);
  const options = {
    strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true, target: "es2022", module: "esnext",
    moduleResolution: "bundler", lib: ["es2022", "esnext.disposable", "dom"], types: [],
  };
  const project = { compilerOptions: options, files: ["values.ts", declarations] };
  writeFileSync(join(scratchDirectory, "tsconfig.json"), JSON.stringify(project));
  const tsc = join(import.meta.dirname, "node_modules/typescript/bin/tsc");
  const run = spawnSync(process.execPath, [tsc, "-p", scratchDirectory], { encoding: "utf8" });
  assert.equal(run.stdout, "");
  assert.equal(run.status, 0);
  const code = readFileSync(declarations, "utf8").replace(/\/\*.*?\*\//gs, "");
  // Behind this stand the functions of the module itself, which nobody calls.
  const [own] = code.split("export interface InitOutput");
  assert.doesNotMatch(own, /\bany\b(?!";)/, "nothing is declared to be just anything");
});
