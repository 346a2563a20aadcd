import type { ExplainedEntry, Simulation } from 'afterlink-wasm';

import { tongue, type Words } from '../../strings/language.svelte';
import { type KnownPacket, packetText, type PacketText } from './packet_text';

/** Entries that are read from the trace when the feed begins anew. */
const ENTRIES_READ_MAX = 1_200;
/** Entries kept; beyond it the oldest are forgotten until `ENTRIES_READ_MAX` are left. */
const ENTRIES_KEPT_MAX = 2_000;

/**
 * The latest entries of the trace up to the present, and the packets they tell of.
 *
 * Entries never change while a history lasts, so each is read once: after a change of the World
 * only what is new crosses from the engine.
 */
export class Feed {
  entries: ExplainedEntry[] = [];
  /** Whether the trace holds older entries. */
  hasOlder = false;
  #packets = new Map<number, PacketText>();
  #history = -1;
  #words: Words | undefined;

  /** Catches up with a simulation whose histories are counted by `history`. */
  read(simulation: Simulation, history: number): void {
    const { next_entry: next } = simulation.position();
    if (history !== this.#history || this.#words !== tongue.words) this.#forget();
    this.#history = history;
    this.#words = tongue.words;
    while (this.entries.length > 0 && this.#next() > next) this.entries.pop();
    const isTornOff = this.entries.length > 0 && next - this.#next() > ENTRIES_READ_MAX;
    const isShort = this.hasOlder && this.entries.length < ENTRIES_READ_MAX / 4;
    if (isTornOff || isShort) this.entries = [];
    const from = this.entries.length > 0 ? this.#next() : Math.max(next - ENTRIES_READ_MAX, 0);
    const page = simulation.trace(from, next - from);
    this.entries.push(...page.entries);
    for (const { packet } of page.entries) if (packet !== undefined) this.learn(packet);
    if (this.entries.length > ENTRIES_KEPT_MAX) {
      this.entries.splice(0, this.entries.length - ENTRIES_READ_MAX);
      this.#packets.clear();
      for (const { packet } of this.entries) if (packet !== undefined) this.learn(packet);
    }
    this.hasOlder = (this.entries[0]?.entry.number ?? page.first) > page.first;
  }

  /** What there is to say of a packet; absent if nothing that is kept tells of it. */
  packet(packet: number): PacketText | undefined {
    return this.#packets.get(packet);
  }

  /** Gets to know a packet, for as long as entries tell of it, or links. */
  learn(known: KnownPacket): void {
    if (!this.#packets.has(known.packet)) this.#packets.set(known.packet, packetText(known));
  }

  #next(): number {
    return (this.entries.at(-1)?.entry.number ?? -1) + 1;
  }

  #forget(): void {
    this.entries = [];
    this.hasOlder = false;
    this.#packets.clear();
  }
}
