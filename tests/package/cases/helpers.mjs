// A client of MQTT.js as the cases want it, on whatever connects to a broker.

import mqtt from "mqtt";

/** Milliseconds, far more than is needed: a busy machine must not fail a case. */
const PATIENCE = 30_000;

/** Fails what takes too long. */
export async function inTime(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A client that is connected, with what it has received. */
export class Client {
  #messages = [];
  #waiting = [];

  static async connect(transport, options = {}) {
    const client = new Client();
    client.mqtt = mqtt.connect("ws://broker", {
      ...transport, protocolVersion: 5, reconnectPeriod: 0, ...options,
    });
    client.mqtt.on("message", (topic, payload, packet) => {
      const message = { topic, payload: String(payload), qos: packet.qos, retain: packet.retain,
        dup: packet.dup };
      const next = client.#waiting.shift();
      if (next) next(message);
      else client.#messages.push(message);
    });
    client.closed = new Promise((resolve) => client.mqtt.once("close", resolve));
    client.connack = await inTime("CONNACK", new Promise((resolve, reject) => {
      client.mqtt.once("connect", resolve);
      client.mqtt.once("error", reject);
    }));
    return client;
  }

  subscribe(filter, qos) {
    return inTime("SUBACK", this.mqtt.subscribeAsync(filter, { qos }));
  }

  publish(topic, payload, options) {
    return inTime("the answer", this.mqtt.publishAsync(topic, payload, options));
  }

  receive() {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    return inTime("a message", new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** Leaves as a client does. */
  leave() {
    return inTime("the end", this.mqtt.endAsync());
  }

  /** Goes without a word. */
  cut() {
    this.mqtt.stream.destroy();
    return inTime("the end", this.closed);
  }
}

/** A session that outlives its connection. */
export const kept = { clean: false, properties: { sessionExpiryInterval: 3600 } };
