// What the class `Simulation` does with what it is given.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { STEPS, engine, lessonsDirectory, takeLesson } from "./module.mjs";

const { Simulation, defaultClient, defaultSettings } = engine;

/** A scenario with a subscriber S that stays subscribed and a publisher P. */
function scenario(changes = {}) {
  const clients = ["S", "P"].map((name) => {
    const client = defaultClient(name);
    const own = { client_identifier: name, clean_start: false, keep_alive: 0 };
    client.config = { ...client.config, ...own, session_expiry_interval: 3600 };
    return client;
  });
  const settings = { ...defaultSettings(), clients };
  return { version: 1, title: "", settings, commands: [], ...changes };
}

/** A simulation in which S is subscribed and away, and `count` messages wait for it. */
function waiting(count) {
  const simulation = new Simulation(scenario());
  const filters = [{ filter: "t/#", options: { qos: "AtLeastOnce", no_local: false,
    retain_as_published: false, retain_handling: "Send" } }];
  const commands = [
    { command: "connect", client: "S" },
    { command: "connect", client: "P" },
    { command: "subscribe", client: "S", filters },
    { command: "cut", client: "S" },
  ];
  for (let number = 0; number < count; number += 1) {
    const payload = `${number}`;
    commands.push({ command: "publish", client: "P", topic: "t/1", payload, qos: "AtLeastOnce" });
  }
  for (const command of commands) {
    assert.equal(simulation.perform(command), undefined);
    simulation.advance(1000, STEPS);
  }
  return simulation;
}

function refused(call, words) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, words);
    return true;
  });
}

test("a queue is shown page by page", () => {
  const simulation = waiting(5);
  const first = simulation.queue("S", undefined, 3);
  const rest = simulation.queue("S", first[2].arrival, 3);
  const text = ({ message }) => String.fromCharCode(...message.payload);
  assert.deepEqual([...first, ...rest].map(text), ["0", "1", "2", "3", "4"]);
  const session = simulation.session("S");
  assert.equal(session.queue_len, 5);
  assert.equal(session.expires_at, session.disconnected_at + 3_600_000);
  assert.equal(simulation.session("nobody"), undefined);
  assert.deepEqual(simulation.queue("nobody", undefined, 3), []);
  const names = simulation.sessions(undefined, 10).map((it) => it.client_identifier);
  assert.deepEqual(names, ["S", "P"]);
  assert.equal(simulation.subscriptions("S", undefined, 10)[0].filter, "t/#");
});

test("a packet is shown with its bytes, its fields and its reason", () => {
  const simulation = new Simulation(scenario());
  simulation.perform({ command: "connect", client: "S" });
  assert.equal(simulation.links()[0].to_broker[0].summary.packet_type, "Connect");
  const packet = simulation.stepPacket(10);
  const { record, fields, fate, fault } = simulation.packet(packet);
  assert.equal(fields.packet, "connect");
  assert.equal(fields.client_identifier, "S");
  assert.equal(fate, "delivered");
  assert.equal(fault, undefined);
  assert.deepEqual([...simulation.packetBytes(packet)], record.sent.bytes);
  const { entries } = simulation.trace(record.sent_entry, 1);
  assert.equal(entries[0].entry.what.entry, "packet_sent");
  assert.equal(entries[0].why.statement, "MQTT-3.1.0-1");
  assert.equal(simulation.packet(99), undefined);
  assert.equal(simulation.packetBytes(99), undefined);
});

test("the bytes of a packet are told apart, field by field", () => {
  const simulation = new Simulation(scenario());
  simulation.perform({ command: "connect", client: "S" });
  const packet = simulation.stepPacket(10);
  const { dissection } = simulation.packet(packet);
  const bytes = simulation.packetBytes(packet);
  assert.ok(bytes instanceof Uint8Array);
  assert.equal(dissection.is_complete, true);
  assert.equal(dissection.fault, undefined);
  assert.deepEqual(dissection.fields.map(({ name }) => name),
    ["Fixed Header", "Variable Header", "Payload"]);
  const all = (fields) => fields.flatMap((field) => [field, ...all(field.children)]);
  const field = (name) => all(dissection.fields).find((it) => it.name === name);
  assert.deepEqual(field("Clean Start"), { name: "Clean Start", start: 9, end: 10,
    bits: { high: 1, low: 1 }, value: "0", section: "3.1.2.4", children: [] });
  const expiry = field("Session Expiry Interval");
  assert.equal(expiry.value, "3600");
  assert.deepEqual([...bytes.slice(expiry.start, expiry.end)], [0x11, 0, 0, 0x0e, 0x10]);
  const identifier = field("Client Identifier");
  assert.equal(identifier.value, '"S"');
  assert.equal(identifier.end, bytes.length);
});

test("a row of the log needs no second call", () => {
  const simulation = waiting(1);
  const { entries } = simulation.trace(0, STEPS);
  const sent = entries.filter(({ entry }) => entry.what.entry === "packet_sent");
  const published = sent.find(({ packet }) => packet.summary.packet_type === "Publish").packet;
  const { sent_at: sentAt } = published;
  assert.equal(published.client, "P");
  assert.equal(published.direction, "to_broker");
  assert.equal(published.fate, "delivered");
  assert.equal(published.ended_at, published.arrives_at);
  assert.ok(published.arrives_at > sentAt);
  const { packet_identifier: identifier, ...said } = published.summary;
  assert.ok(identifier > 0);
  assert.deepEqual(said, { packet_type: "Publish", size_bytes: 11, dup: false,
    qos: "AtLeastOnce", retain: false, topic: "t/1", payload_bytes: 1, filters: [], reasons: [] });
  const granted = sent.find(({ packet }) => packet.summary.packet_type === "SubAck").packet;
  assert.deepEqual(granted.summary.reasons, [{ code: 1, name: "Granted QoS 1" }]);
  const delivered = entries.find(({ entry }) => entry.what.entry === "packet_delivered"
    && entry.what.packet === published.packet);
  assert.deepEqual(delivered.packet, published);
  const other = entries.find(({ entry }) => entry.what.entry === "commanded");
  assert.equal(other.packet, undefined);
  simulation.seekTime(sentAt, STEPS);
  const again = simulation.trace(0, STEPS).entries;
  const row = again.find(({ packet }) => packet?.packet === published.packet).packet;
  assert.equal(row.fate, undefined, "it is in flight");
  const flights = simulation.links().flatMap((link) => [...link.to_broker, ...link.to_client]);
  const flight = flights.find((it) => it.packet === published.packet);
  assert.equal(flight.sent_at, sentAt);
  assert.equal(flight.due_at, published.arrives_at);
  assert.deepEqual(flight.summary, published.summary);
});

test("a timer says what fired and why", () => {
  const simulation = waiting(1);
  const due = simulation.timers(10).find(({ reason }) => reason.timer === "session_expiry");
  const fired = simulation.stepTimer(STEPS);
  assert.deepEqual(fired, [due]);
  assert.equal(simulation.session("S"), undefined);
});

test("history is gone back in, left, and kept as a branch", () => {
  const simulation = waiting(3);
  const end = simulation.now();
  const before = simulation.traceText(0, STEPS);
  const copy = simulation.copy();
  simulation.seekTime(end - 2000, STEPS);
  assert.equal(simulation.session("S").queue_len, 1);
  assert.equal(copy.session("S").queue_len, 3, "a copy goes on by itself");
  assert.equal(simulation.position().has_future_commands, true);
  refused(() => simulation.perform({ command: "connect", client: "S" }), /lie in the future/);
  simulation.seekTime(end, STEPS);
  assert.equal(simulation.traceText(0, STEPS), before);
  simulation.seekTime(end - 2000, STEPS);
  simulation.fork();
  assert.equal(simulation.perform({ command: "connect", client: "S" }), undefined);
  assert.equal(simulation.branches()[0].scenario.commands.length, 7);
  assert.equal(simulation.position().branches, 1);
});

test("a scenario survives its file", () => {
  const simulation = waiting(2);
  const again = Simulation.fromText(simulation.scenarioText());
  again.runUntil(simulation.now(), STEPS);
  assert.equal(again.traceText(0, STEPS), simulation.traceText(0, STEPS));
  assert.deepEqual(again.scenario(), simulation.scenario());
});

test("a command the world has no place for is refused, not thrown", () => {
  const simulation = new Simulation(scenario());
  assert.equal(simulation.perform({ command: "connect", client: "X" }), "client_unknown");
});

test("a lesson can be gone on with freely", () => {
  const [file] = readdirSync(lessonsDirectory).filter((name) => name.endsWith(".json"));
  const text = readFileSync(join(lessonsDirectory, file), "utf8");
  const simulation = takeLesson(text, "V5");
  assert.equal(simulation.beginStep(), undefined);
  const { lesson, step, next_step, steps } = simulation.lesson();
  assert.equal(step, steps.at(-1));
  assert.equal(next_step, undefined);
  assert.equal(lesson.number, 1);
  const trace = simulation.traceText(0, STEPS);
  simulation.continueFreely();
  assert.equal(simulation.lesson(), undefined);
  assert.equal(simulation.traceText(0, STEPS), trace);
  refused(() => simulation.beginStep(), /is no lesson/);
  refused(() => Simulation.fromLesson(text, "V3_1"), /no variant of this protocol version/);
  refused(() => Simulation.fromLesson(text, "V6"), /unknown variant `V6`/);
});

test("a hostile scenario is refused in words", () => {
  const command = { at: 0, do: { command: "connect", client: "S" } };
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const cases = [
    ["", /EOF|expected/],
    ["[1]", /expected/],
    ["{", /EOF/],
    ['{"version": 2, "new": []}', /of version 2; version 1 is read here/],
    ['{"version": 1, "extra": 1}', /unknown field `extra`/],
    ['{"version": 1, "\\u0000": "Lesson"}', /\0/],
    ['{"version": 1} trailing', /trailing/],
    [`{"version": 1, "title": ${deep}}`, /recursion limit/],
    [`{"version": 1, "commands": [{"at": 0, "do": ${deep}}]}`, /recursion limit/],
    [JSON.stringify(scenario({ title: "x".repeat(101) })), /101 bytes of the title/],
    [JSON.stringify(scenario({ commands: Array(10_001).fill(command) })), /10001 commands/],
    [JSON.stringify(scenario({ commands: [{ at: 0, do: { command: "explode" } }] })), /explode/],
    [" ".repeat(2 ** 20 + 1), /1048577 bytes of the file/],
  ];
  for (const [text, words] of cases) refused(() => Simulation.fromText(text), words);
  assert.equal(engine.panicMessage(), undefined);
});

test("a hostile value is an Error, and the simulation goes on", () => {
  const simulation = new Simulation(scenario());
  const circle = { command: "connect" };
  circle.client = circle;
  const calls = [
    [() => simulation.perform(circle), /circular/],
    [() => simulation.perform(undefined), /there is no value/],
    [() => simulation.perform(() => {}), /there is no value/],
    [() => simulation.perform({ command: "connect", client: 1n }), /BigInt/],
    [() => simulation.perform({ command: "connect", client: "S", fast: true }), /unknown field/],
    [() => simulation.perform({ get command() { throw new RangeError("mine"); } }), /mine/],
    [() => simulation.perform({ toJSON: () => simulation.fork() }), /another call/],
    [() => simulation.advance(-1, 1), /ms has to be a whole number from 0/],
    [() => simulation.advance(0.5, 1), /not 0\.5/],
    [() => simulation.seekTime(Number.NaN, 1), /not NaN/],
    [() => simulation.seekStep(2 ** 53, 1), /step has to be/],
    [() => simulation.schedule(2 ** 52, { command: "connect", client: "S" }), /milliseconds/],
    [() => simulation.subscriptions("S", "a/#/b", 1), /./],
    [() => new Simulation(null), /./],
    [() => new Simulation(scenario({ version: 7 })), /of version 7/],
  ];
  for (const [call, words] of calls) refused(call, words);
  assert.equal(simulation.perform({ command: "connect", client: "S" }), undefined);
});
