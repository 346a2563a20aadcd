import type { QoS } from 'afterlink-wasm';

const LEVELS: Record<QoS, number> = { AtMostOnce: 0, AtLeastOnce: 1, ExactlyOnce: 2 };

/** A QoS as a number. */
export function level(qos: QoS): number {
  return LEVELS[qos];
}

/** A reason code as the standard writes it: `0x8e`. */
export function hexadecimal(byte: number): string {
  return `0x${digits(byte)}`;
}

/** A byte as two digits. */
export function digits(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
