import type { ExplainedEntry, Simulation } from 'afterlink-wasm';

/** Entries of the trace that are searched for timers. */
const ENTRIES_MAX = 500;

/** The entries of the timers that fired in the step just taken, from entry number `from` on. */
export function timersFired(simulation: Simulation, from: number): ExplainedEntry[] {
  const { next_entry: next, now, steps } = simulation.position();
  const first = Math.max(from, next - ENTRIES_MAX);
  const isFired = ({ entry }: ExplainedEntry): boolean =>
    entry.what.entry === 'timer' && entry.at === now && entry.step === steps;
  return simulation.trace(first, next - first).entries.filter(isFired);
}
