// The declarations, checked with all they lead to, where one program or another would use them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const project = join(import.meta.dirname, "..");
const strict = {
  strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true, target: "es2022", lib: ["es2022"], types: [],
};

const use = `
import { Broker, connector, type BrokerEvent, type SessionView } from "@afterlink/broker";
export async function use(): Promise<SessionView | undefined> {
  const broker = await Broker.create({ settings: { limits: { queue_messages_max: 3 } } });
  broker.observe({ lifecycle: true }, (event: BrokerEvent) => {
    if (event.event === "connected") event.client_identifier.toUpperCase();
  });
  broker.command({ command: "purge_queue", client_identifier: "C" });
  broker.publish("t", new Uint8Array(), { qos: 1 });
  const socket = broker.connect();
  socket.onmessage = ({ data }) => data?.byteLength;
  // @ts-expect-error: there is no such command.
  broker.command({ command: "explode" });
  // @ts-expect-error: there is no such limit.
  await Broker.create({ settings: { limits: { messages_max: 3 } } });
  // @ts-expect-error: a QoS is no other number.
  broker.publish("t", "x", { qos: 3 });
  await broker.close();
  return broker.session("C");
}
export { connector };
`;

const inNode = `${use}
import { MessageChannel, parentPort, Worker } from "node:worker_threads";
export async function more(broker: Broker): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  broker.attach(port2);
  if (parentPort) broker.attach(parentPort);
  const worker = new Worker("./worker.js");
  broker.attach(worker);
  connector(worker).connect();
  connector(port1).connect();
}
`;

const withMqttJs = `${use}
import mqtt from "mqtt";
export async function more(broker: Broker): Promise<void> {
  mqtt.connect("ws://broker", { ...broker.transport });
  const { port1 } = new MessageChannel();
  await mqtt.connectAsync("ws://broker", { ...connector(port1).transport, clientId: "C" });
}
`;

const inPage = `${use}
export function more(broker: Broker): void {
  const { port1, port2 } = new MessageChannel();
  broker.attach(port2);
  connector(port1).connect();
  connector(new SharedWorker("worker.js").port).connect();
  connector(new Worker("worker.js")).connect();
}
`;

const inWorker = `${use}
declare const self: SharedWorkerGlobalScope;
export function more(broker: Broker): void {
  self.onconnect = ({ ports }) => {
    for (const port of ports) broker.attach(port);
  };
}
`;

const inNodeOptions = { types: ["node"], module: "nodenext",
  typeRoots: [join(project, "node_modules/@types")] };
const places = {
  "without anything": [use, { module: "nodenext" }],
  "in Node": [inNode, inNodeOptions],
  // Its own declarations name what browsers have.
  "with MQTT.js": [withMqttJs, { ...inNodeOptions, lib: ["es2022", "dom"] }],
  "in a page": [inPage, { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"] }],
  "in a worker": [inWorker,
    { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "webworker"] }],
};

for (const [name, [text, options]] of Object.entries(places)) {
  test(`types, ${name}`, () => {
    const directory = join(project, "types", name.replaceAll(/\W+/g, "-"));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "use.ts"), text);
    const compilerOptions = { ...strict, ...options };
    const config = { compilerOptions, files: ["use.ts"] };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(project, "node_modules/typescript/bin/tsc");
    const run = spawnSync(process.execPath, [tsc, "-p", directory], { encoding: "utf8" });
    assert.equal(run.stdout, "");
    assert.equal(run.status, 0);
  });
}
