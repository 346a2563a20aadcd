// A peer that speaks MQTT 3.1.1 byte by byte, over a port as it is.

/** Packets of MQTT 3.1.1, short ones. */
export const packets = {
  connect: (name) => packet(0x10, [0, 4, ...text("MQTT"), 4, 2, 0, 0, 0, name.length, ...text(name)]),
  subscribe: (filter) => packet(0x82, [0, 1, 0, filter.length, ...text(filter), 0]),
  publish: (topic, payload) => packet(0x30, [0, topic.length, ...text(topic), ...text(payload)]),
};

function text(words) {
  return [...new TextEncoder().encode(words)];
}

function packet(first, rest) {
  const len = rest.length < 128 ? [rest.length] : [(rest.length % 128) | 128, rest.length >> 7];
  return new Uint8Array([first, ...len, ...rest]);
}

/** The client's end of a connection that a broker is attached to. */
export class Raw {
  /** What has come: bytes as their number, what is granted as `{ granted }`, and null. */
  heard = [];
  bytes = 0;

  constructor(broker) {
    const door = new MessageChannel();
    const connection = new MessageChannel();
    broker.attach(door.port2);
    door.port1.postMessage({ afterlink: "connect", port: connection.port2 }, [connection.port2]);
    this.door = door.port1;
    this.port = connection.port1;
    this.port.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.bytes += data.byteLength;
      this.heard.push(data);
    };
  }

  /** Posts bytes, or whatever it is given. */
  post(message) {
    this.port.postMessage(message instanceof Uint8Array ? message.slice().buffer : message);
  }

  end() {
    this.port.close();
    this.door.close();
  }
}

/** Waits until something holds. */
export async function until(what, holds) {
  const deadline = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come to be`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
