// The cases that MQTT.js goes through with the server, with brokers inside this program.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Broker } from "@afterlink/broker";

import "../clients/cases-message.mjs";
import "../clients/cases-session.mjs";
import { CAP, run } from "../clients/harness.mjs";

/** As the server is set up for these cases. */
const settings = {
  default: {},
  open: { queue_qos0_offline: true },
  capped: { limits: { session_expiry_seconds_max: CAP } },
};

test("the cases of the server", { timeout: 120_000, concurrency: true }, async (context) => {
  const versions = ["3.1", "3.1.1", "5"].map((version) =>
    context.test(`MQTT ${version}`, async () => {
      const options = { version, transport: "package", case: [""] };
      const brokers = [];
      for (const [name, its] of Object.entries(settings)) {
        const broker = await Broker.create({ settings: its });
        brokers.push(broker);
        options[name] = broker.transport;
      }
      assert.ok(await run("MQTT.js", options));
      for (const broker of brokers) await broker.close();
    }));
  await Promise.all(versions);
});
