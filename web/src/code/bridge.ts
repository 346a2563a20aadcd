import type { Command, Simulation } from 'afterlink-wasm';

import { t } from '../strings';
import type { Player } from '../engine/player.svelte';
import { COMMAND_BYTES_MAX, STREAMS_MAX } from './limits';
import type { FromCode, ToCode } from './messages';
import { Room } from './room';

/** Entries of the trace in one reading. */
const ENTRIES_MAX = 600;
/** Characters of a lane's name. */
const NAME_MAX = 40;
/** What MQTT.js makes up when it is given no Client Identifier. */
const MADE_UP = /^mqttjs_/;

/** A network connection of the code. */
interface Stream {
  /** What the client is called on the stage. */
  client: string;
  link: number;
}

/** The part of a player that is needed. */
export type Carrier = Pick<Player, 'look' | 'carry' | 'position'>;

/**
 * Leads the connections of a program to the broker of the World: what it sends becomes commands,
 * and what the trace says was delivered to it is handed to it.
 */
export class Bridge {
  #player: Carrier;
  #post: (message: ToCode) => void;
  #streams = new Map<number, Stream>();
  /** Packets on their way to the program: their streams and bytes. */
  #flights = new Map<number, { stream: number; bytes: Uint8Array }>();
  /** The number of the next entry of the trace to be read. */
  #next: number;
  #room: Room;

  constructor(player: Carrier, post: (message: ToCode) => void) {
    this.#player = player;
    this.#post = post;
    this.#next = player.position.next_entry;
    this.#room = new Room(player);
  }

  /** Does what the program wants of the network. Throws in words if it cannot be. */
  hear(message: FromCode): void {
    if (message.kind === 'open') this.#open(message.stream, message.name);
    else if (message.kind === 'send') this.#send(message.stream, message.bytes);
    else if (message.kind === 'close') this.#close(message.stream);
  }

  /** Hands over what has happened since the last time. */
  read(): void {
    while (this.#next < this.#player.position.next_entry) {
      const limit = Math.min(ENTRIES_MAX, this.#player.position.next_entry - this.#next);
      const page = this.#player.look((simulation) => simulation.trace(this.#next, limit));
      if (page.first > this.#next) {
        // More has happened at once than the trace keeps.
        this.#next = page.first;
        this.#dropLost();
        continue;
      }
      this.#next += limit;
      for (const { entry } of page.entries) this.#take(entry.what);
    }
  }

  /** Closes all connections, as far as the World can still be told. */
  closeAll(): void {
    const clients = [...this.#streams.values()].map(({ client }) => client);
    this.#streams.clear();
    if (this.#player.position.has_future_commands) return;
    try {
      for (const client of clients) this.#player.carry({ command: 'close_outside', client });
    } catch {
      // The scenario takes no more commands. Whoever ends the code has a reason of their own to
      // tell, and goes on whether or not its clients were seen to leave.
    }
  }

  #open(number: number, name: string): void {
    if (this.#streams.has(number)) return;
    if (this.#streams.size >= STREAMS_MAX) throw new Error(t('code.streams', { max: STREAMS_MAX }));
    const client = this.#player.look((simulation) => this.#lane(simulation, name));
    const stream = { client, link: 0 };
    this.#streams.set(number, stream);
    this.#perform({ command: 'open_outside', client });
    this.#post({ kind: 'opened', stream: number });
  }

  #send(number: number, bytes: Uint8Array): void {
    const stream = this.#streams.get(number);
    if (stream === undefined) return;
    for (let at = 0; at < bytes.length && this.#streams.has(number); at += COMMAND_BYTES_MAX) {
      const part = [...bytes.subarray(at, at + COMMAND_BYTES_MAX)];
      this.#perform({ command: 'send_outside', client: stream.client, bytes: part });
    }
  }

  #close(number: number): void {
    const stream = this.#streams.get(number);
    if (stream === undefined) return;
    this.#streams.delete(number);
    this.#perform({ command: 'close_outside', client: stream.client });
  }

  #perform(command: Command): void {
    this.#room.take(command);
    const refusal = this.#player.carry(command);
    this.read();
    // That the connection went while bytes were on their way to it is in the trace.
    if (refusal !== undefined && refusal !== 'not_connected')
      throw new Error(t(`refusal.${refusal}`));
  }

  #take(what: ReturnType<Simulation['trace']>['entries'][number]['entry']['what']): void {
    switch (what.entry) {
      case 'link_opened': {
        const opened = [...this.#streams.values()].find((it) => it.client === what.client);
        if (opened !== undefined) opened.link = what.link;
        return;
      }
      case 'packet_sent': {
        const stream = what.direction === 'to_client' ? this.#streamOf(what.link) : undefined;
        if (stream === undefined) return;
        this.#flights.set(what.packet, { stream, bytes: Uint8Array.from(what.bytes) });
        return;
      }
      case 'packet_delivered': {
        const flight = this.#flights.get(what.packet);
        this.#flights.delete(what.packet);
        if (flight !== undefined && this.#streams.has(flight.stream)) {
          this.#post({ kind: 'received', ...flight });
        }
        return;
      }
      case 'packet_lost':
        this.#flights.delete(what.packet);
        return;
      case 'link_closed': {
        const stream = what.side === 'client' ? this.#streamOf(what.link) : undefined;
        if (stream === undefined) return;
        this.#streams.delete(stream);
        this.#post({ kind: 'closed', stream });
        return;
      }
      default:
    }
  }

  /** Closes the streams whose links have gone unseen. */
  #dropLost(): void {
    const clients = this.#player.look((simulation) => simulation.clients(0));
    const links = new Map(clients.map(({ name, link }) => [name, link]));
    for (const [number, stream] of this.#streams) {
      if (links.get(stream.client) === stream.link) continue;
      this.#streams.delete(number);
      this.#post({ kind: 'closed', stream: number });
    }
  }

  #streamOf(link: number): number | undefined {
    for (const [number, stream] of this.#streams) if (stream.link === link) return number;
    return undefined;
  }

  /** A name on the stage: of a lane that the program has left, or a new one. */
  #lane(simulation: Simulation, identifier: string): string {
    const wanted = MADE_UP.test(identifier) ? '' : identifier.slice(0, NAME_MAX);
    const clients = new Map(simulation.clients(0).map((it) => [it.name, it.is_outside]));
    const held = new Set([...this.#streams.values()].map(({ client }) => client));
    const isFree = (name: string): boolean => clients.get(name) !== false && !held.has(name);
    const base =
      wanted !== '' && clients.get(wanted) === false ? `${wanted} (code)` : wanted || 'code';
    let name = base;
    for (let count = 2; !isFree(name); count += 1) name = `${base} ${count}`;
    return name;
  }
}
