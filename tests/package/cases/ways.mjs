// The ways to a broker, each with a function that ends it.

import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { Broker, connector } from "@afterlink/broker";

/** In the same place. */
async function near() {
  const broker = await Broker.create();
  return { transport: broker.transport, end: () => broker.close() };
}

/** Through a port, in the same thread. */
async function port() {
  const broker = await Broker.create();
  const { port1, port2 } = new MessageChannel();
  broker.attach(port2);
  const end = async () => {
    await broker.close();
    port1.close();
  };
  return { transport: connector(port1).transport, end };
}

/** A broker in a worker, clients here. */
async function worker() {
  const thread = new Worker(new URL("./broker-worker.mjs", import.meta.url));
  const end = async () => {
    thread.postMessage("end");
    await once(thread, "exit");
  };
  return { transport: connector(thread).transport, end };
}

export const ways = { near, port, worker };
