// What a program can see of its broker and do with it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { Broker } from "@afterlink/broker";

import { Client, kept } from "./helpers.mjs";
import { Raw, packets, until } from "./raw.mjs";

/** Runs with a broker that is closed afterwards. */
function withBroker(name, options, run) {
  test(name, { timeout: 60_000 }, async () => {
    const broker = await Broker.create(options);
    try {
      await run(broker);
    } finally {
      await broker.close();
    }
  });
}

withBroker("views show what is held for whom", {}, async (broker) => {
  const subscriber = await Client.connect(broker.transport, { clientId: "S", ...kept });
  await subscriber.subscribe("t/#", 1);
  await subscriber.leave();
  broker.publish("t/1", "queued", { qos: 1 });
  broker.publish("t/2", new Uint8Array([1, 2]), { qos: 2, retain: true });
  const { queue_len: queued, expires_at: end } = broker.session("S");
  assert.equal(queued, 2);
  assert.ok(Math.abs(end - Date.now() - 3_600_000) < 60_000, `${end} is in an hour`);
  const [first, second] = broker.queue("S");
  assert.equal(String.fromCharCode(...first.message.payload), "queued");
  assert.deepEqual(broker.queue("S", first.arrival), [second]);
  assert.deepEqual(broker.queue("S", undefined, 1), [first]);
  assert.equal(broker.subscriptions("S")[0].filter, "t/#");
  assert.equal(broker.retained()[0].message.topic, "t/2");
  assert.deepEqual(broker.sessions().map((it) => it.client_identifier), ["S"]);
  assert.equal(broker.state().totals.sessions, 1);
  assert.ok(broker.timers().some(({ reason }) => reason.timer === "session_expiry"));
  assert.equal(broker.session("nobody"), undefined);
  const again = await Client.connect(broker.transport, { clientId: "S", ...kept });
  assert.equal((await again.receive()).payload, "queued");
  assert.equal(broker.connections()[0].state, "active");
  assert.deepEqual(broker.inflight("nobody"), []);
  assert.deepEqual(broker.receivedIdentifiers("S"), []);
  assert.deepEqual(broker.shareGroups(), []);
});

withBroker("events are told to who asked for them", {}, async (broker) => {
  const events = [];
  broker.observe({ lifecycle: true }, ({ event }) => events.push(event));
  const client = await Client.connect(broker.transport);
  await client.subscribe("t", 1);
  await client.leave();
  await until("the end", () => events.includes("session_ended"));
  assert.deepEqual(events, ["session_started", "connected", "disconnected", "session_ended"]);
  broker.observe({});
  const other = await Client.connect(broker.transport);
  await other.leave();
  assert.equal(events.length, 4);
});

withBroker("commands are an operator's", {}, async (broker) => {
  const client = await Client.connect(broker.transport, { clientId: "C", ...kept });
  broker.command({ command: "disconnect", client_identifier: "C", reason_code: 0x98 });
  await client.closed;
  assert.ok(broker.session("C"));
  broker.command({ command: "expire_session", client_identifier: "C" });
  assert.equal(broker.session("C"), undefined);
  const refuse = { refuse_publish: ["locked/#"], refuse_receive: [] };
  broker.command({ command: "policy", policy: refuse });
  const other = await Client.connect(broker.transport);
  await assert.rejects(other.publish("locked/door", "open", { qos: 1 }), /Not authorized/);
});

const small = { settings: { limits: { queue_messages_max: 3, packet_size_bytes_max: 100 } } };
withBroker("limits hold as in the server", small, async (broker) => {
  const subscriber = await Client.connect(broker.transport, { clientId: "S", ...kept });
  await subscriber.subscribe("t", 1);
  await subscriber.leave();
  const publisher = await Client.connect(broker.transport);
  assert.equal(publisher.connack.properties.maximumPacketSize, 100);
  for (let index = 0; index < 5; index += 1) await publisher.publish("t", `${index}`, { qos: 1 });
  assert.equal(broker.session("S").queue_len, 3);
  assert.equal(broker.session("S").drops.queue_messages, 2);
  const raw = new Raw(broker);
  raw.post(packets.connect("raw"));
  raw.post(packets.publish("t", "x".repeat(200)));
  await until("the end of the connection", () => raw.heard.includes(null));
  raw.end();
});

const short = { settings: { limits: { connect_deadline_ms: 50 } } };
withBroker("who does not say CONNECT in time is closed", short, async (broker) => {
  const socket = broker.connect();
  const { wasClean } = await new Promise((resolve) => socket.addEventListener("close", resolve));
  assert.equal(wasClean, true);
  assert.equal(socket.readyState, socket.CLOSED);
  assert.equal(broker.state().totals.connections, 0);
});

withBroker("a slow client is sent no more than its credit", { sendCreditBytes: 4096 },
  async (broker) => {
    const raw = new Raw(broker);
    raw.post(packets.connect("slow"));
    raw.post(packets.subscribe("t"));
    await until("SUBACK", () => raw.bytes >= 9);
    for (let index = 0; index < 100; index += 1) broker.publish("t", "x".repeat(1000));
    await until("a full wire", () => raw.bytes > 3000);
    const before = broker.state().counters;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(raw.bytes <= 4096 + 1100, `${raw.bytes} bytes came`);
    const sent = raw.bytes;
    assert.deepEqual(broker.state().counters, before);
    raw.post(sent);
    await until("more", () => raw.bytes > sent);
    raw.end();
  });

withBroker("a peer that breaks the agreement is cut off", {}, async (broker) => {
  const tooMuch = Array.from({ length: 6 }, () => new Uint8Array(65_536));
  const wrongs = [["text"], [{}], [-1], [0.5], [1e9], [new Uint8Array(300_000)], tooMuch];
  for (const wrong of wrongs) {
    const raw = new Raw(broker);
    await until("the window", () => raw.heard.length > 0);
    assert.equal(raw.heard[0], 262_144);
    for (const message of wrong) raw.post(message);
    await until("the end", () => broker.state().totals.connections === 0);
    raw.end();
  }
});

const judged = {
  authenticate: async ({ user_name: name, password }) => {
    if (name === "broken") throw new Error("no list of users");
    if (String.fromCharCode(...(password ?? [])) !== "right") {
      return { Reject: { reason_code: 0x86 } };
    }
    return { Accept: { principal: name } };
  },
};
withBroker("clients are judged by the program", judged, async (broker) => {
  const as = (username, password) =>
    Client.connect(broker.transport, { username, password, clientId: "C" });
  await assert.rejects(as("eve", "wrong"), /Bad User|Bad user|password/i);
  await assert.rejects(as("broken", "right"), /Not authorized/i);
  const client = await as("alice", "right");
  assert.equal(broker.session("C").principal, "alice");
  await client.leave();
});

withBroker("what is wrong is an Error in words, and the broker goes on", {}, async (broker) => {
  assert.throws(() => broker.command({ command: "explode" }), /unknown variant `explode`/);
  assert.throws(() => broker.publish("a/#", "x"), /wildcard|topic/i);
  assert.throws(() => broker.publish("a", "x", { qos: 3 }), /QoS 3 is none/);
  assert.throws(() => broker.queue("S", -1), /whole number/);
  assert.throws(() => broker.observe({ all: true }, () => {}), /unknown field/);
  assert.throws(() => broker.connect().send("too early"), /not open yet/);
  const create = (options) => () => Broker.create(options);
  await assert.rejects(create({ settings: { limits: { qeue_messages_max: 1 } } }), /unknown field/);
  await assert.rejects(create({ settings: { records: "durable" } }), /nothing is stored/);
  await assert.rejects(create({ settings: { authentication: "driver" } }), /has to judge/);
  await assert.rejects(create({ sendCreditBytes: 10 }), /sendCreditBytes has to be/);
  assert.equal(broker.state().totals.sessions, 0);
});

test("a closed broker says goodbye and is over", async () => {
  const broker = await Broker.create();
  const client = await Client.connect(broker.transport);
  const goodbye = new Promise((resolve) => client.mqtt.once("disconnect", resolve));
  await broker.close();
  assert.equal((await goodbye).reasonCode, 0x8b);
  await client.closed;
  assert.throws(() => broker.state(), /the broker is closed/);
  assert.throws(() => broker.connect(), /the broker is closed/);
  assert.throws(() => broker.attach(new MessageChannel().port1), /the broker is closed/);
  await broker.close();
});

test("a program ends although sessions wait to expire", () => {
  const program = `
    import { Broker } from "@afterlink/broker";
    import mqtt from "mqtt";
    const broker = await Broker.create();
    const client = await mqtt.connectAsync("ws://broker", { ...broker.transport, clientId: "C",
      protocolVersion: 5, clean: false, properties: { sessionExpiryInterval: 3600 } });
    await client.endAsync();
    console.log(broker.session("C").expiry_interval);`;
  const flags = ["--input-type=module", "--eval", program];
  const cwd = import.meta.dirname;
  const run = spawnSync(process.execPath, flags, { cwd, encoding: "utf8", timeout: 30_000 });
  assert.deepEqual([run.status, run.stdout, run.stderr], [0, "3600\n", ""]);
});
