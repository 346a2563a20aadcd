// Runs before the visitor's code, in its worker: gives it `mqtt`, whose connections lead through
// the port to the broker in the page, and a console that is heard there. It stands inside of a
// function that is told how many lines come before the code (`linesBefore`) and has MQTT.js as
// `mqtt`.
const port = await new Promise((resolve) => {
  self.onmessage = ({ ports }) => {
    self.onmessage = null;
    resolve(ports[0]);
  };
});
const post = port.postMessage.bind(port);

// The console.

const DEPTH_MAX = 4;
const ENTRIES_MAX = 50;
const TEXT_MAX = 2000;
const LINES_AT_ONCE = 100;
/** Lines that leave as they are said, in each span of so many milliseconds. */
const SOON_MAX = 8;
const SOON_MS = 100;
/** Characters that are told before the code lets go of the worker: more would drown the page. */
const TURN_MAX = 400_000;

let unsaid = [];
let told = 0;
let dropped = 0;
let soonSince = -Infinity;
let soon = 0;

function tell() {
  if (unsaid.length === 0 && dropped === 0) return;
  post({ kind: 'said', lines: unsaid, dropped });
  unsaid = [];
  dropped = 0;
}

function beginTurn() {
  tell();
  told = 0;
}

function say(level, text, line) {
  if (told === 0) setTimeout(beginTurn);
  const shown = text.slice(0, TEXT_MAX + 1);
  told += shown.length + 1;
  if (told > TURN_MAX) {
    dropped += 1;
    return;
  }
  unsaid.push({ level, text: shown, line });
  // In a loop without end no timer comes, and what it says is to be seen.
  if (unsaid.length >= LINES_AT_ONCE || isSoon()) tell();
}

/** Whether a line may leave by itself: few do, so that many short turns are no flood. */
function isSoon() {
  const now = performance.now();
  if (now - soonSince >= SOON_MS) {
    soonSince = now;
    soon = 0;
  }
  soon += 1;
  return soon <= SOON_MAX;
}

function show(value, depth = 0, above = []) {
  if (typeof value === 'string') return depth === 0 ? value : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (value instanceof Error) return value.stack ? own(value) : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (above.includes(value)) return '[circular]';
  const inner = (it) => show(it, depth + 1, [...above, value]);
  if (value instanceof Uint8Array) {
    return `bytes(${value.length}) ${JSON.stringify(new TextDecoder().decode(value.slice(0, TEXT_MAX)))}`;
  }
  if (value instanceof Date) return value.toISOString();
  if (depth >= DEPTH_MAX) return Array.isArray(value) ? '[…]' : '{…}';
  const list = Array.isArray(value) || value instanceof Set ? [...value].map(inner) : undefined;
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  const parts = list ?? pairs.map(([key, it]) => `${key}: ${inner(it)}`);
  const text = parts.slice(0, ENTRIES_MAX).join(', ') + (parts.length > ENTRIES_MAX ? ', …' : '');
  return list === undefined ? (text === '' ? '{}' : `{ ${text} }`) : `[${text}]`;
}

/** Lines of a stack that are the visitor's, in the visitor's numbering. */
function own(error) {
  const [first] = String(error.stack).split('\n');
  const places = placesOf(error).map(({ line, column }) => `  at line ${line}, column ${column}`);
  return [first === '' ? String(error) : first, ...places].join('\n');
}

function placesOf(error) {
  const found = String(error?.stack ?? '').matchAll(/blob:[^\s)]*?:(\d+):(\d+)/g);
  const places = [...found].map(([, line, column]) => ({ line: line - linesBefore, column }));
  return places.filter(({ line }) => line > 0);
}

for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
  console[level] = (...values) => {
    const text = values.map((value) => show(value)).join(' ');
    say(level, text, placesOf(values.find((it) => it instanceof Error))[0]?.line);
  };
}
console.dir = console.table = console.trace = console.log;
console.assert = (holds, ...values) => {
  if (!holds) console.error('Assertion failed', ...values);
};

function fail(event, error, line) {
  event.preventDefault();
  const text = error instanceof Error ? show(error) : `Uncaught ${show(error)}`;
  say('error', text, placesOf(error)[0]?.line ?? line);
}
self.addEventListener('error', (event) => {
  fail(event, event.error ?? event.message, event.lineno - linesBefore);
});
self.addEventListener('unhandledrejection', (event) => fail(event, event.reason));

// Connections, in the shape of a WebSocket.

const sockets = new Map();
let streams = 0;

class Socket extends EventTarget {
  CONNECTING = 0;
  OPEN = 1;
  CLOSING = 2;
  CLOSED = 3;
  readyState = 0;
  binaryType = 'arraybuffer';
  bufferedAmount = 0;
  #stream = ++streams;
  #parts = [];

  constructor(name) {
    super();
    sockets.set(this.#stream, this);
    post({ kind: 'open', stream: this.#stream, name });
  }

  send(data) {
    if (this.readyState !== 1) return;
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
    // What is written piece by piece goes at once.
    if (this.#parts.push(bytes) === 1) queueMicrotask(() => this.#flush());
  }

  close() {
    if (this.readyState >= 2) return;
    this.#flush();
    this.readyState = 2;
    post({ kind: 'close', stream: this.#stream });
    setTimeout(() => this.hear({ kind: 'closed' }));
  }

  hear({ kind, bytes }) {
    if (kind === 'opened' && this.readyState === 0) {
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
    } else if (kind === 'received' && this.readyState === 1) {
      this.dispatchEvent(new MessageEvent('message', { data: bytes.buffer }));
    } else if (kind === 'closed' && this.readyState !== 3) {
      this.readyState = 3;
      sockets.delete(this.#stream);
      this.dispatchEvent(new Event('close'));
    }
  }

  #flush() {
    const parts = this.#parts;
    this.#parts = [];
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of parts) {
      bytes.set(part, place);
      place += part.length;
    }
    if (bytes.length > 0) {
      post({ kind: 'send', stream: this.#stream, bytes }, [bytes.buffer]);
    }
  }
}

port.onmessage = ({ data }) => {
  if (data.kind === 'ping') post({ kind: 'pong' });
  else sockets.get(data.stream)?.hear(data);
};

// MQTT.js. There is one broker, so that it does not matter which one an address names.

const open = mqtt.connect;

function here(address, options) {
  const wanted = typeof address === 'object' ? address : options;
  const user = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  return {
    ...(user?.username ? { username: decodeURIComponent(user.username) } : {}),
    ...(user?.password ? { password: decodeURIComponent(user.password) } : {}),
    ...wanted,
    protocol: 'ws',
    hostname: 'afterlink',
    createWebsocket: (url, protocols, { clientId }) => new Socket(clientId ?? ''),
  };
}

const connect = (address, options) => open(here(address, options));
const connectAsync = (address, options, allowRetries) =>
  mqtt.connectAsync(here(address, options), undefined, allowRetries);
const client = { ...mqtt, ...mqtt.default, connect, connectAsync };
client.default = client;
self.mqtt = client;
self.connect = connect;
self.require = (name) => {
  if (name === 'mqtt') return client;
  throw new Error(`there is no module "${name}" here, only "mqtt"`);
};

post({ kind: 'ready' });
