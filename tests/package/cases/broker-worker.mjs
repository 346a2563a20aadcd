// A broker in a worker of Node, for whoever has made the worker.

import { parentPort } from "node:worker_threads";

import { Broker } from "@afterlink/broker";

const broker = await Broker.create();
broker.attach(parentPort);
parentPort.on("message", async (message) => {
  if (message !== "end") return;
  await broker.close();
  parentPort.close();
});
