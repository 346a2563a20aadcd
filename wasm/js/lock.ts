// Whether a tab is still there: it holds a lock as long as it lives, which the other end of its
// connection waits for. That tells of a tab that was closed or has crashed where ports do not.

/** Milliseconds in which what was sent last may still arrive. */
const GRACE_MS = 1000;

function lockManager(): LockManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.locks;
}

/** Calls back with the name of a lock that is held until the promise is kept, or with none where
 * there are no locks. */
export function hold(until: Promise<void>, ready: (name: string | undefined) => void): void {
  const locks = lockManager();
  if (!locks) {
    ready(undefined);
    return;
  }
  const name = `afterlink-${crypto.randomUUID()}`;
  let isHeld = false;
  const held = locks.request(name, () => {
    isHeld = true;
    ready(name);
    return until;
  });
  held.catch(() => {
    if (!isHeld) ready(undefined);
  });
}

/** Calls back when whoever holds a lock is gone, unless the signal comes first. */
export function watch(name: string, signal: AbortSignal, gone: () => void): void {
  const waiting = lockManager()?.request(name, { signal }, () => {
    setTimeout(() => {
      if (!signal.aborted) gone();
    }, GRACE_MS);
  });
  // It was no longer asked for.
  waiting?.catch(() => undefined);
}
