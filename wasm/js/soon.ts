// A little later: in a task of its own, so that timers, input and drawing have their turn, but
// without the delay of a timer. What is asked for meanwhile is done together.

let waiting: (() => void)[] = [];
let last: (() => void)[] = [];
let isAsked = false;

function drain(): void {
  isAsked = false;
  for (const queue of [waiting, last]) {
    if (queue === waiting) waiting = [];
    else last = [];
    for (const call of queue) call();
  }
}

/** Has `drain` called in a task of its own. */
const ask: () => void = (() => {
  const immediate: unknown = Reflect.get(globalThis, "setImmediate");
  if (typeof immediate === "function") return () => immediate(drain) as unknown;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = drain;
  return () => port2.postMessage(undefined);
})();

function schedule(): void {
  if (isAsked) return;
  isAsked = true;
  ask();
}

/** Calls in the next task. */
export function soon(call: () => void): void {
  waiting.push(call);
  schedule();
}

/** Calls in the same task as `soon`, after all of those. */
export function afterwards(call: () => void): void {
  last.push(call);
  schedule();
}
