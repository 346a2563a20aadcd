// The broker as a program has it.

import { Driver } from "./driver.js";
import { hear, isKnock } from "./knock.js";
import { load } from "./loader.js";
import type { BrokerOptions, PublishOptions } from "./options.js";
import { type PortIn } from "./ports.js";
import { Socket } from "./socket.js";
import { transport, type Transport } from "./transport.js";
import type {
  BrokerEvent, BrokerState, BrokerTimers, Connections, EventFilter, InflightPage, OperatorCommand,
  Queue, ReceivedIdentifiers, RetainedMessages, Sessions, SessionView, ShareGroups, Subscriptions,
} from "./types.js";
import { PortWire, wirePair } from "./wire.js";

/** Entries of a list, where nothing else is asked for. */
const PAGE = 100;

/**
 * An MQTT broker inside a program: MQTT 5.0, 3.1.1 and 3.1 on the real clock, sessions in memory.
 *
 * Every method throws an `Error` for what is wrong, and once the broker is closed.
 */
export class Broker {
  readonly #driver: Driver;
  readonly #detach = new Set<() => void>();
  /** Options for MQTT.js that make it connect to this broker. */
  readonly transport: Transport;

  private constructor(driver: Driver) {
    this.#driver = driver;
    this.transport = transport(() => this.connect());
  }

  /** Makes a broker; loads the engine the first time. */
  static async create(options: BrokerOptions = {}): Promise<Broker> {
    await load(options.module);
    return new Broker(new Driver(options));
  }

  /** Opens a connection from within this realm. */
  connect(): Socket {
    const [near, far] = wirePair();
    this.#driver.open(far);
    return new Socket(near);
  }

  /**
   * Takes the connections that a `connector` on the other side of this port opens: of a
   * MessagePort, a SharedWorker's port, the global scope of a worker, Node's `parentPort`, or a
   * Worker. Other messages are left alone. The function that is given back ends it; connections
   * that are open stay.
   */
  attach(port: PortIn): () => void {
    this.#driver.look(() => undefined);
    const deafen = hear(port, (message) => {
      if (!isKnock(message)) return;
      // Once it has failed, nobody is there who could be told but the one who knocks.
      if (this.#driver.isOver) message.port.close();
      else this.#driver.open(new PortWire(message.port, message.lock));
    });
    const detach = (): void => {
      deafen();
      this.#detach.delete(detach);
    };
    this.#detach.add(detach);
    return detach;
  }

  /** Carries out what an operator wishes. */
  command(command: OperatorCommand): void {
    this.#driver.change((engine, at) => engine.command(at, command));
  }

  /** Publishes a message in the broker's own name. */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): void {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    const { qos = 0, retain = false, messageExpiryInterval: expiry } = options;
    this.#driver.change((engine, at) => engine.publish(at, topic, bytes, qos, retain, expiry));
  }

  /** Tells a listener these events from now on, and no others; the last call holds. */
  observe(filter: Partial<EventFilter>, listener?: (event: BrokerEvent) => void): void {
    this.#driver.observe((listener ? filter : {}) as EventFilter, listener);
  }

  /** The broker as a whole. */
  state(): BrokerState {
    return this.#driver.look((engine) => engine.state());
  }

  /** The session of a client. */
  session(clientIdentifier: string): SessionView | undefined {
    return this.#driver.look((engine) => engine.session(clientIdentifier));
  }

  /** Sessions in the order in which they began, behind the one with the number `after`. */
  sessions(after?: number, limit = PAGE): Sessions {
    return this.#driver.look((engine) => engine.sessions(after, limit));
  }

  /** Messages that wait for a client, behind the one with the arrival `after`. */
  queue(clientIdentifier: string, after?: number, limit = PAGE): Queue {
    return this.#driver.look((engine) => engine.queue(clientIdentifier, after, limit));
  }

  /** Messages on their way to a client, behind the one at the place `after`. */
  inflight(clientIdentifier: string, after?: number, limit = PAGE): InflightPage {
    return this.#driver.look((engine) => engine.inflight(clientIdentifier, after, limit));
  }

  /** Identifiers of QoS 2 messages of a client that wait for PUBREL, behind `after`. */
  receivedIdentifiers(clientIdentifier: string, after?: number, limit = PAGE): ReceivedIdentifiers {
    return this.#driver.look((engine) => engine.receivedIdentifiers(clientIdentifier, after, limit));
  }

  /** Subscriptions of a client in the order of their filters, behind `after`. */
  subscriptions(clientIdentifier: string, after?: string, limit = PAGE): Subscriptions {
    return this.#driver.look((engine) => engine.subscriptions(clientIdentifier, after, limit));
  }

  /** Retained messages in the order of their topics, behind `after`. */
  retained(after?: string, limit = PAGE): RetainedMessages {
    return this.#driver.look((engine) => engine.retained(after, limit));
  }

  /** The first share groups in the order of their names. */
  shareGroups(limit = PAGE): ShareGroups {
    return this.#driver.look((engine) => engine.shareGroups(limit));
  }

  /** Network connections, `skip` of them left out. */
  connections(skip = 0, limit = PAGE): Connections {
    return this.#driver.look((engine) => engine.connections(skip, limit));
  }

  /** What is waited for, in the order of time. */
  timers(limit = PAGE): BrokerTimers {
    return this.#driver.look((engine) => engine.timers(limit));
  }

  /** Says goodbye to all clients, as a server that shuts down does, and ends. */
  async close(): Promise<void> {
    for (const detach of this.#detach) detach();
    await this.#driver.close();
  }
}
