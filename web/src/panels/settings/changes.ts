import type { Settings } from 'afterlink-wasm';

/** Whether settings differ in what is fixed once the World has begun. */
export function changesWorld(before: Settings, after: Settings): boolean {
  return fixed(before) !== fixed(after);
}

/** A broker that keeps records from the middle on would know half its sessions. */
function fixed({ seed, start, link, send_credit_bytes, persist_ms, broker }: Settings): string {
  return JSON.stringify([seed, start, link, send_credit_bytes, persist_ms, broker.records]);
}
