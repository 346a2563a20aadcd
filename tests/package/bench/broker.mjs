// One broker in a worker, for connections over ports: `afterlink` or `aedes`.

import { readFileSync } from "node:fs";
import { Duplex } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";

/** Milliseconds of processor time that this thread has used. */
function cpuOfThread() {
  const stat = readFileSync("/proc/thread-self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const TICK_MS = 10;
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** A stream over a port, as aedes takes it: what is written in a turn crosses at once. */
function streamOver(port) {
  const post = (chunks, done) => {
    const bytes = Buffer.concat(chunks);
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    port.postMessage(copy, [copy]);
    done();
  };
  const stream = new Duplex({
    read() {},
    write: (chunk, encoding, done) => post([chunk], done),
    writev: (chunks, done) => post(chunks.map(({ chunk }) => chunk), done),
  });
  port.on("message", (data) => stream.push(data === null ? null : Buffer.from(data)));
  stream.on("close", () => port.close());
  return stream;
}

async function afterlink() {
  const { Broker } = await import("@afterlink/broker");
  const broker = await Broker.create();
  broker.attach(parentPort);
}

async function aedes() {
  const { Aedes } = await import("aedes");
  const broker = await Aedes.createBroker({ concurrency: 1000 });
  parentPort.on("message", ({ port }) => {
    if (port) broker.handle(streamOver(port));
  });
}

await { afterlink, aedes }[workerData]();
parentPort.on("message", (message) => {
  if (message === "cpu") parentPort.postMessage({ cpu: cpuOfThread() });
});
parentPort.postMessage("ready");
