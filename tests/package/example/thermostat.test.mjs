// The application's tests, in CI: a broker of its own for each, no server, no port, no container.
// `node --test`

import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";

import { Broker } from "@afterlink/broker";
import mqtt from "mqtt";

import { runThermostat } from "./thermostat.mjs";

let broker;
let client;

beforeEach(async () => {
  broker = await Broker.create();
  client = await mqtt.connectAsync("ws://broker", {
    ...broker.transport, clientId: "thermostat", protocolVersion: 5, clean: false,
    properties: { sessionExpiryInterval: 3600 }, reconnectPeriod: 10,
  });
  await runThermostat(client, 20);
});

afterEach(async () => {
  await client.endAsync(true);
  await broker.close();
});

/** The state of a heater, once it is said. */
async function heater(room) {
  const watcher = await mqtt.connectAsync("ws://broker", broker.transport);
  const said = once(watcher, "message");
  await watcher.subscribeAsync(`heater/${room}`, { qos: 1 });
  const [, payload] = await said;
  await watcher.endAsync();
  return String(payload);
}

test("a cold room is heated, a warm one is not", async () => {
  broker.publish("temperature/kitchen", "18.5", { qos: 1 });
  assert.equal(await heater("kitchen"), "on");
  broker.publish("temperature/bedroom", "21", { qos: 1 });
  assert.equal(await heater("bedroom"), "off");
});

test("what was measured while the network was away is not lost", async () => {
  const back = once(client, "connect");
  const away = once(client, "close");
  client.stream.socket.close();
  await away;
  broker.publish("temperature/kitchen", "18.5", { qos: 1 });
  assert.equal(broker.session("thermostat").queue_len, 1);
  await back;
  assert.equal(await heater("kitchen"), "on");
});
