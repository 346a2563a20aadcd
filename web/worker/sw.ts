// The service worker: it keeps the files of one build, so that the page opens without a network.
//
// It answers for these files alone. All else, such as the broker's WebSocket and whatever a server
// says besides the page, goes past it to the network, and nothing is kept that it does not know.

interface Build {
  /** What tells this build from any other. */
  version: string;
  /** The digest of each file by its path below the worker, as in `sha256-…`. */
  files: Record<string, string>;
}

declare const self: ServiceWorkerGlobalScope;
/** Put before this script when the page is built. */
declare const BUILD: Build;

/** Caches of other programs at this origin are left alone, and so are those of other folders. */
const PREFIX = `afterlink ${self.registration.scope} `;
const CURRENT = PREFIX + BUILD.version;
/** Where files are whose names change with their contents. */
const HASHED = 'assets/';
/** The page inside a page of others: the same file, which a server may send under other rules. */
const EMBEDDED = '?embed';
const FILES: Record<string, string | undefined> = {
  ...BUILD.files,
  [EMBEDDED]: BUILD.files['index.html'],
};
/** How many files are fetched at a time. */
const FETCHES_MAX = 6;

self.addEventListener('install', (event) => {
  event.waitUntil(fill());
});

self.addEventListener('activate', (event) => {
  // The page that is open has parts yet to fetch, and may lose its network before it does.
  event.waitUntil(self.clients.claim());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const name = nameOf(request);
  if (name === undefined) return;
  const kept = (): Promise<Response> => answer(name, request);
  event.respondWith(isForFrame(request) ? fetch(request).catch(kept) : kept());
});

/** A page says of which build it is, when it starts and when another worker has taken over. */
self.addEventListener('message', (event) => {
  const page = event.source;
  if (!(page instanceof Client) || typeof event.data !== 'string') return;
  if (event.data === BUILD.version) event.waitUntil(sweep(page));
  else page.postMessage('outdated');
});

/** Keeps all files of this build, or fails: a cache that lacks one would break the page later. */
async function fill(): Promise<void> {
  const cache = await caches.open(CURRENT);
  const names = Object.keys(FILES);
  const worker = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await keep(cache, name);
  };
  await Promise.all(Array.from({ length: FETCHES_MAX }, worker));
  // Whatever took files away meanwhile, a worker that lacks some does not take over.
  const filled = await caches.open(CURRENT);
  for (const name of Object.keys(FILES)) {
    const found = await filled.match(new URL(name, self.registration.scope).href);
    if (found === undefined) throw new Error(`${name} is not kept`);
  }
  // Pages that are open go on with what they have: their files stay until nobody wants them.
  await self.skipWaiting();
}

async function keep(cache: Cache, name: string): Promise<void> {
  const url = new URL(name, self.registration.scope).href;
  const old = name.startsWith(HASHED) ? await kept(url) : undefined;
  if (old !== undefined) {
    await cache.put(url, old);
    return;
  }
  const asked = new Request(url, {
    cache: name.startsWith(HASHED) ? 'default' : 'no-cache',
    // While a host takes in a new build it may answer with files of either.
    integrity: FILES[name] ?? '',
  });
  const response = await fetch(asked);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  // A browser takes no answer for a page that was redirected, as hosts do with “.html”.
  await cache.put(url, response.redirected ? new Response(response.body, response) : response);
}

/** Whether it is for the page that others may frame: the server alone can say they may. */
function isForFrame({ mode, url }: Request): boolean {
  return mode === 'navigate' && new URL(url).searchParams.has('embed');
}

/** The file a request is for; `undefined` if it is none of ours. */
function nameOf(request: Request): string | undefined {
  const { scope } = self.registration;
  const url = new URL(request.url);
  const address = url.origin + url.pathname;
  if (request.method !== 'GET' || !address.startsWith(scope)) return undefined;
  const path = address.slice(scope.length);
  if (request.mode === 'navigate' && path === '' && url.searchParams.has('embed')) return EMBEDDED;
  const tried = [path === '' ? 'index.html' : path];
  if (request.mode === 'navigate') tried.push(`${path}.html`);
  // A page of the build before this one fetches its parts by their old names.
  return tried.find((name) => name in FILES) ?? (path.startsWith(HASHED) ? path : undefined);
}

async function answer(name: string, request: Request): Promise<Response> {
  const url = new URL(name, self.registration.scope).href;
  const cache = await caches.open(CURRENT);
  const own = await cache.match(url);
  if (own !== undefined) return own;
  // What has the same name in every build is asked for before that of another build is taken.
  if (name.startsWith(HASHED)) return (await kept(url)) ?? (await fetch(request));
  try {
    return await fetch(request);
  } catch (error) {
    const old = await kept(url);
    if (old === undefined) throw error;
    return old;
  }
}

/** The file as a build before this one has it. */
async function kept(url: string): Promise<Response | undefined> {
  for (const name of await ours()) {
    const cache = await caches.open(name);
    const found = await cache.match(url);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Lets the builds before this one go, once the only page that is open is of this one. */
async function sweep(page: Client): Promise<void> {
  // A newer worker is about to have files of its own, and may take what it needs from these.
  const { installing, waiting } = self.registration;
  if (installing !== null || waiting !== null) return;
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const inScope = pages.filter((it) => it.url.startsWith(self.registration.scope));
  if (inScope.some((it) => it.id !== page.id)) return;
  const old = (await ours()).filter((name) => name !== CURRENT);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function ours(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}
