// The driver: it tells the engine what happens on wires and clocks, and does what the engine asks.

import { tasksIn } from "./batch.js";
import { Alarm, now } from "./clock.js";
import { Connection, type Hearer } from "./connection.js";
import { type BrokerOptions, sendCredit } from "./options.js";
import { call } from "./listener.js";
import { Engine, panicMessage } from "./loader.js";
import { afterwards } from "./soon.js";
import type { AuthenticationRequest, BrokerEvent, Config, EventFilter } from "./types.js";
import { type Wire } from "./wire.js";

/** Times that outputs are taken in one turn: credit given back makes the broker send more. */
const ROUNDS_MAX = 8;
const SEED_BYTES = 32;
const NOT_AUTHORIZED = 0x87;

/** All that live in this realm: they share the engine's memory. */
const drivers = new Set<Driver>();

/** A broker with its clock and its connections. */
export class Driver implements Hearer {
  readonly #engine: Engine;
  readonly #options: BrokerOptions;
  readonly #sendCredit: number;
  readonly #connections = new Map<number, Connection>();
  readonly #alarm = new Alarm(() => this.#timeout());
  #opened = 0;
  #isTurnDue = false;
  #over: Error | undefined;
  #observer: ((event: BrokerEvent) => void) | undefined;
  /** Whether there may be events, which would else be kept for whoever observes next. */
  #isObserved = false;
  #idle: (() => void) | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#sendCredit = sendCredit(options);
    const { settings = {}, authenticate, policy } = options;
    if (settings.authentication === "driver" && !authenticate) {
      throw new TypeError("`authenticate` has to judge where `authentication` is \"driver\"");
    }
    const config = authenticate ? { ...settings, authentication: "driver" } : settings;
    const seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
    this.#engine = new Engine(config as Config, seed, now());
    drivers.add(this);
    if (policy) this.change((engine, at) => engine.command(at, { command: "policy", policy }));
  }

  /** Whether it is closed, or has failed. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Opens a connection at the other end of a wire. */
  open(wire: Wire): void {
    this.#check();
    this.#opened += 1;
    const id = this.#opened;
    this.change((engine, at) => engine.opened(at, id, this.#sendCredit));
    if (this.#over) return;
    this.#connections.set(id, new Connection(id, wire, this));
    this.#alarm.hold(true);
  }

  received({ id }: Connection, bytes: Uint8Array): void {
    this.#tell((engine, at) => engine.received(at, id, bytes));
  }

  flushed({ id }: Connection, len: number): void {
    this.#tell((engine, at) => engine.flushed(at, id, len));
  }

  closed({ id }: Connection): void {
    this.#forget(id);
    this.#tell((engine, at) => engine.closed(at, id));
  }

  /** From now on these events are told, to this observer alone. */
  observe(filter: EventFilter, observer: ((event: BrokerEvent) => void) | undefined): void {
    this.change((engine, at) => engine.observe(at, filter));
    this.#observer = observer;
    this.#isObserved = true;
  }

  /** Looks at the broker. */
  look<T>(look: (engine: Engine) => T): T {
    this.#check();
    try {
      return look(this.#engine);
    } catch (error) {
      if (isFault(error)) fail(error);
      throw error;
    }
  }

  /** Tells the broker something on behalf of whoever calls: what is wrong is thrown. */
  change(change: (engine: Engine, at: number) => void): void {
    this.look((engine) => change(engine, now()));
    this.#wake();
  }

  /** Says goodbye to all clients, and ends when they have been told. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.change((engine, at) => engine.command(at, { command: "shutdown" }));
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    this.#end(new Error("the broker is closed"));
    this.#engine.free();
  }

  /** The engine has failed. */
  failed(error: Error): void {
    this.#end(error);
    const { onFault } = this.#options;
    call(onFault ?? raise, error);
  }

  #check(): void {
    if (this.#over) throw new Error(this.#over.message, { cause: this.#over });
  }

  /** Tells the broker something that cannot be wrong. */
  #tell(tell: (engine: Engine, at: number) => void): void {
    if (this.#over) return;
    try {
      tell(this.#engine, now());
      this.#wake();
    } catch (error) {
      fail(error);
    }
  }

  /** Has outputs taken once all that is there has been heard. */
  #wake(): void {
    if (this.#isTurnDue || this.#over) return;
    this.#isTurnDue = true;
    afterwards(() => {
      this.#isTurnDue = false;
      if (this.#over) return;
      try {
        this.#turn();
      } catch (error) {
        fail(error);
      }
    });
  }

  #turn(): void {
    let isDone = false;
    for (let round = 0; round < ROUNDS_MAX && !isDone && !this.#over; round += 1) {
      const batch = this.#engine.takeOutputs();
      if (batch) this.#carryOut(batch as Uint8Array<ArrayBuffer>);
      else isDone = true;
    }
    if (this.#over) return;
    if (this.#options.authenticate) {
      for (const request of this.#engine.takeAuthenticationRequests()) void this.#judge(request);
    }
    const events = this.#isObserved ? this.#engine.takeEvents() : [];
    if (!isDone) this.#wake();
    const at = this.#engine.nextTimeout();
    // Work that was left over goes on in the next task, not when a timer thinks so.
    if (at !== undefined && at <= now()) this.#tell((engine, time) => engine.timeout(time));
    else this.#alarm.set(at);
    if (isDone) this.#idle?.();
    for (const event of events) call(this.#observer, event);
  }

  #carryOut(batch: Uint8Array<ArrayBuffer>): void {
    for (const { connection: id, bytes, isReading, isEnded } of tasksIn(batch)) {
      const connection = this.#connections.get(id);
      if (!connection) continue;
      if (bytes.length > 0) connection.send(bytes.buffer);
      if (isEnded) {
        connection.end();
        this.#forget(id);
      } else if (isReading !== undefined) {
        connection.isReading = isReading;
      }
    }
  }

  async #judge(request: AuthenticationRequest): Promise<void> {
    let verdict;
    try {
      verdict = await this.#options.authenticate?.(request);
    } catch {
      verdict = undefined;
    }
    verdict ??= { Reject: { reason_code: NOT_AUTHORIZED } };
    const { connection } = request;
    if (!this.#over) this.change((engine, at) => engine.authenticated(at, connection, verdict));
  }

  #timeout(): void {
    this.#tell((engine, at) => engine.timeout(at));
  }

  #forget(id: number): void {
    this.#connections.delete(id);
    if (this.#connections.size === 0) this.#alarm.hold(false);
  }

  #end(why: Error): void {
    this.#over = why;
    drivers.delete(this);
    this.#alarm.clear();
    for (const connection of this.#connections.values()) connection.end();
    this.#connections.clear();
    this.#idle?.();
  }
}

function raise(error: Error): never {
  throw error;
}

/** Whether an error means that the engine is not to be used any more. */
function isFault(error: unknown): boolean {
  // A stack that is too small is found out of in the middle of something too.
  const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  return isTrap || panicMessage() !== undefined;
}

/** Ends all brokers of the realm, whose memory is not to be trusted any more. */
function fail(error: unknown): void {
  const message = panicMessage() ?? (error instanceof Error ? error.message : String(error));
  const fault = new Error(`the broker has failed: ${message}`, { cause: error });
  for (const driver of [...drivers]) driver.failed(fault);
}
