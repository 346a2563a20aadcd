// MQTT.js with the package, in each way that leads to a broker.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, kept } from "./helpers.mjs";
import { ways } from "./ways.mjs";

for (const [name, way] of Object.entries(ways)) {
  test(`MQTT.js, ${name}`, { timeout: 60_000 }, async (context) => {
    const { transport, end } = await way();

    await context.test("each QoS arrives once and in order", async () => {
      const publisher = await Client.connect(transport);
      const subscriber = await Client.connect(transport);
      await subscriber.subscribe("t/#", 2);
      for (const qos of [0, 1, 2]) {
        const sent = Array.from({ length: 50 }, (_, index) => `${qos} ${index}`);
        await Promise.all(sent.map((payload) => publisher.publish("t/1", payload, { qos })));
        for (const payload of sent) {
          const found = await subscriber.receive();
          assert.deepEqual([found.payload, found.qos, found.dup], [payload, qos, false]);
        }
      }
      await publisher.leave();
      await subscriber.leave();
    });

    await context.test("a persistent session keeps what comes meanwhile", async () => {
      const clientId = "kept";
      const before = await Client.connect(transport, { clientId, ...kept });
      assert.equal(before.connack.sessionPresent, false);
      await before.subscribe("kept/+", 2);
      await before.leave();
      const publisher = await Client.connect(transport);
      for (const qos of [0, 1, 2]) await publisher.publish("kept/1", `qos ${qos}`, { qos });
      const after = await Client.connect(transport, { clientId, ...kept });
      assert.equal(after.connack.sessionPresent, true);
      assert.equal((await after.receive()).payload, "qos 1");
      assert.equal((await after.receive()).payload, "qos 2");
      await after.leave();
      await publisher.leave();
    });

    await context.test("a retained message waits for subscribers", async () => {
      const publisher = await Client.connect(transport);
      await publisher.publish("retained/1", "old", { qos: 1, retain: true });
      await publisher.publish("retained/1", "new", { qos: 1, retain: true });
      const subscriber = await Client.connect(transport);
      await subscriber.subscribe("retained/#", 1);
      const { payload, retain } = await subscriber.receive();
      assert.deepEqual([payload, retain], ["new", true]);
      await publisher.leave();
      await subscriber.leave();
    });

    await context.test("a will is sent when a connection breaks, and only then", async () => {
      const watcher = await Client.connect(transport);
      await watcher.subscribe("will/#", 1);
      const will = (payload) => ({ topic: "will/1", payload, qos: 1, retain: false });
      const polite = await Client.connect(transport, { will: will("of the polite") });
      await polite.leave();
      const broken = await Client.connect(transport, { will: will("of the broken") });
      broken.mqtt.stream.socket.close();
      assert.equal((await watcher.receive()).payload, "of the broken");
      await watcher.leave();
    });

    await context.test("a message larger than all that may be on its way", async () => {
      const client = await Client.connect(transport);
      await client.subscribe("large", 1);
      const payload = "x".repeat(1_000_000);
      await client.publish("large", payload, { qos: 1 });
      assert.equal((await client.receive()).payload, payload);
      await client.leave();
    });

    await end();
  });
}
