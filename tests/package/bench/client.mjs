// A client that costs little: whole packets as bytes, and only what the measurement needs of MQTT.

const PUBLISH = 3;
const PUBACK = 4;

/** A connection over a port to a worker. `isGranted`: whether both ends say what they have taken. */
export class Client {
  #port;
  #isGranted;
  #room;
  #rest = Buffer.alloc(0);
  #waiting = [];
  #answers = [];

  constructor(worker, name, isGranted, heard) {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ afterlink: "connect", port: port2 }, [port2]);
    this.#port = port1;
    this.#isGranted = isGranted;
    this.#room = isGranted ? 0 : Infinity;
    this.heard = heard;
    port1.onmessage = ({ data }) => this.#receive(data);
    const id = Buffer.from(name);
    const rest = [0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 0, 0, id.length, ...id];
    this.send(Buffer.from([0x10, rest.length, ...rest]));
  }

  /** Waits for a packet of this type that is no PUBLISH. */
  answer(type) {
    return new Promise((resolve) => this.#answers.push([type, resolve]));
  }

  send(bytes) {
    this.#waiting.push(bytes);
    this.#flush();
  }

  subscribe(topic, qos) {
    const name = Buffer.from(topic);
    this.send(Buffer.from([0x82, name.length + 5, 0, 1, 0, name.length, ...name, qos]));
    return this.answer(9);
  }

  close() {
    this.#port.postMessage(null);
    this.#port.close();
  }

  #flush() {
    const bytes = Buffer.concat(this.#waiting);
    const len = Math.min(bytes.length, this.#room);
    if (len === 0) return;
    this.#waiting = len < bytes.length ? [bytes.subarray(len)] : [];
    const copy = new Uint8Array(bytes.subarray(0, len)).buffer;
    this.#room -= len;
    this.#port.postMessage(copy, [copy]);
  }

  #receive(data) {
    if (typeof data === "number") {
      this.#room += data;
      this.#flush();
    } else if (data instanceof ArrayBuffer) {
      if (this.#isGranted) this.#port.postMessage(data.byteLength);
      this.#read(Buffer.concat([this.#rest, Buffer.from(data)]));
    }
  }

  #read(bytes) {
    const acknowledged = [];
    const found = { published: 0, acknowledged: 0 };
    let at = 0;
    while (at + 2 <= bytes.length) {
      const second = bytes[at + 1];
      const isLong = second > 127;
      if (isLong && at + 3 > bytes.length) break;
      const len = isLong ? (second & 127) + bytes[at + 2] * 128 : second;
      const start = at + (isLong ? 3 : 2);
      if (start + len > bytes.length) break;
      const type = bytes[at] >> 4;
      if (type === PUBLISH) {
        found.published += 1;
        if (bytes[at] & 6) {
          const id = start + 2 + bytes.readUInt16BE(start);
          acknowledged.push(0x40, 2, bytes[id], bytes[id + 1]);
        }
      } else if (type === PUBACK) {
        found.acknowledged += 1;
      } else {
        const index = this.#answers.findIndex(([wanted]) => wanted === type);
        if (index >= 0) this.#answers.splice(index, 1)[0][1]();
      }
      at = start + len;
    }
    this.#rest = bytes.subarray(at);
    if (acknowledged.length > 0) this.send(Buffer.from(acknowledged));
    if (found.published + found.acknowledged > 0) this.heard(found);
  }
}
