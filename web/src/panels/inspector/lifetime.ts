import type { SessionView } from 'afterlink-wasm';

import { share } from '../../widgets/share';

/** The Session Expiry Interval that means for ever. */
export const FOREVER = 0xffffffff;

/** How long a session will live, as its ring shows it. */
export type Lifetime =
  /** It ends with the connection that holds it. */
  | { kind: 'with_connection' }
  /** Its client is there; this many milliseconds begin when the connection closes. */
  | { kind: 'armed'; interval: number }
  | { kind: 'forever'; isAway: boolean }
  /** Its client is away; what is left, in milliseconds and as a share of the whole. */
  | { kind: 'counting'; left: number; share: number; endsAt: number; interval: number };

/** The lifetime of a session at the moment `now`. */
export function lifetime(session: SessionView, now: number): Lifetime {
  const isAway = session.connection === undefined;
  const interval = session.expiry_interval * 1_000;
  if (session.expires_at !== undefined) {
    const left = Math.max(0, session.expires_at - now);
    const endsAt = session.expires_at;
    return { kind: 'counting', left, share: share(left, interval), endsAt, interval };
  }
  if (session.expiry_interval >= FOREVER) return { kind: 'forever', isAway };
  if (session.expiry_interval === 0) return { kind: 'with_connection' };
  return { kind: 'armed', interval };
}
