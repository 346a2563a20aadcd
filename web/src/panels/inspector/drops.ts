import type { DropCause } from 'afterlink-wasm';

/** Why a message is dropped, the commonest cause first. */
export const DROP_CAUSES = [
  'queue_messages',
  'expired',
  'at_most_once',
  'too_large',
  'queue_bytes',
  'queued_bytes',
  'not_authorized',
  'purged',
] as const satisfies readonly DropCause[];
