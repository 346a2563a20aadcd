// Messages a second and processor time for each, of the package and of aedes, in the same run: a
// broker in a worker, clients here, pairs of a publisher and a subscriber over MessagePorts.

import { once } from "node:events";
import { cpus } from "node:os";
import { Worker } from "node:worker_threads";

import { Client } from "./client.mjs";

const PAIRS = 8;
/** Messages of a pair that are on their way at a time. */
const WINDOW = 50;
const PAYLOAD_BYTES = 64;
const MESSAGES = { warm: 5_000, measured: 40_000 };
const ROUNDS = 3;

function packet(topic, qos, id) {
  const rest = [0, topic.length, ...Buffer.from(topic), ...(qos > 0 ? [id >> 8, id & 255] : [])];
  const payload = Buffer.alloc(PAYLOAD_BYTES, "x");
  return Buffer.concat([Buffer.from([0x30 | (qos << 1), rest.length + payload.length, ...rest]),
    payload]);
}

/** A pair that keeps a window of messages on their way. */
class Pair {
  #sent = 0;
  #arrived = 0;
  #acknowledged = 0;
  #count = 0;

  static async open(worker, name, qos, isGranted) {
    const pair = new Pair();
    pair.qos = qos;
    pair.topic = `t/${name}`;
    pair.subscriber = new Client(worker, `s${name}`, isGranted, ({ published }) => {
      pair.#arrived += published;
      pair.#goOn();
    });
    await pair.subscriber.answer(2);
    await pair.subscriber.subscribe(pair.topic, qos);
    pair.publisher = new Client(worker, `p${name}`, isGranted, ({ acknowledged }) => {
      pair.#acknowledged += acknowledged;
      pair.#goOn();
    });
    await pair.publisher.answer(2);
    return pair;
  }

  /** Sends messages, and ends when all have arrived. */
  run(count) {
    this.#sent = this.#arrived = this.#acknowledged = 0;
    this.#count = count;
    const done = new Promise((resolve) => {
      this.done = resolve;
    });
    this.#goOn();
    return done;
  }

  #goOn() {
    const over = this.qos > 0 ? Math.min(this.#arrived, this.#acknowledged) : this.#arrived;
    if (this.#count === 0) return;
    if (over === this.#count) {
      this.#count = 0;
      this.done();
      return;
    }
    const next = Math.min(this.#count - this.#sent, WINDOW - (this.#sent - over));
    if (next <= 0) return;
    const packets = [];
    for (let index = 0; index < next; index += 1) {
      this.#sent += 1;
      packets.push(packet(this.topic, this.qos, (this.#sent % 65_535) + 1));
    }
    this.publisher.send(Buffer.concat(packets));
  }
}

async function cpuOf(worker) {
  worker.postMessage("cpu");
  const [{ cpu }] = await once(worker, "message");
  return cpu;
}

async function measure(name, qos) {
  const worker = new Worker(new URL("./broker.mjs", import.meta.url), { workerData: name });
  await once(worker, "message");
  const pairs = [];
  for (let index = 0; index < PAIRS; index += 1) {
    pairs.push(await Pair.open(worker, `${index}`, qos, name === "afterlink"));
  }
  const runAll = (count) => Promise.all(pairs.map((pair) => pair.run(count / PAIRS)));
  await runAll(MESSAGES.warm);
  const before = await cpuOf(worker);
  const start = performance.now();
  await runAll(MESSAGES.measured);
  const seconds = (performance.now() - start) / 1000;
  const cpu = (await cpuOf(worker)) - before;
  for (const { publisher, subscriber } of pairs) {
    publisher.close();
    subscriber.close();
  }
  await worker.terminate();
  return { perSecond: MESSAGES.measured / seconds, micros: (cpu * 1000) / MESSAGES.measured };
}

function median(values) {
  return values.sort((one, other) => one - other)[values.length >> 1];
}

console.log(`${PAIRS} pairs, ${WINDOW} messages of ${PAYLOAD_BYTES} bytes on their way in each, `
  + `median of ${ROUNDS} rounds of ${MESSAGES.measured}; ${cpus().length} cores`);
const found = new Map();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const qos of [0, 1]) {
    for (const name of ["afterlink", "aedes"]) {
      const key = `${name.padEnd(9)} QoS ${qos}`;
      found.set(key, [...(found.get(key) ?? []), await measure(name, qos)]);
    }
  }
}
for (const [key, rounds] of [...found].sort()) {
  const perSecond = median(rounds.map((it) => it.perSecond)).toFixed(0);
  const micros = median(rounds.map((it) => it.micros)).toFixed(1);
  console.log(`${key} ${perSecond.padStart(8)} messages/s ${micros.padStart(6)} us of processor each`);
}
