// What happens when the engine fails: each test is a process of its own, since all is over then.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Broker } from "@afterlink/broker";

import { Client } from "./helpers.mjs";

test("a trap in the engine ends every broker of the realm, and says so", async () => {
  const faults = [];
  const onFault = (error) => faults.push(error);
  const one = await Broker.create({ onFault });
  const other = await Broker.create({ onFault });
  const clients = [one, other].map((broker) => Client.connect(broker.transport));
  const [here, there] = await Promise.all(clients);
  const address = import.meta.resolve("@afterlink/broker").replace("node.js", "afterlink.js");
  const { Engine } = await import(address);
  // Memory runs out in the middle of a call, as far as the driver can tell.
  Engine.prototype.received = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  here.mqtt.publish("t", "x");
  await Promise.all([here.closed, there.closed]);
  assert.equal(faults.length, 2);
  assert.match(faults[0].message, /the broker has failed: unreachable/);
  assert.throws(() => one.state(), /has failed/);
  assert.throws(() => other.connect(), /has failed/);
});
