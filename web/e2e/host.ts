import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const KINDS: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A plain web host, which has the page in a folder below some path, and no broker. */
export class Host {
  /** The folder that is served, which may be exchanged. */
  directory: string;
  /** What was asked for besides the files of the folder. */
  readonly missed: string[] = [];
  /** Files that are sent only once a promise is kept. */
  readonly held = new Map<string, Promise<void>>();
  #server: Server;

  /** `path` begins and ends with a slash. */
  static async start(directory: string, path: string): Promise<{ host: Host; url: string }> {
    const host = new Host(directory, path);
    await new Promise<void>((resolve) => host.#server.listen(0, '127.0.0.1', resolve));
    const { port } = host.#server.address() as AddressInfo;
    return { host, url: `http://127.0.0.1:${port}${path}` };
  }

  private constructor(directory: string, path: string) {
    this.directory = directory;
    this.#server = createServer((request, response) => {
      const asked = new URL(request.url ?? '/', 'http://host').pathname;
      const name = asked === path ? 'index.html' : asked.slice(path.length);
      const file = join(this.directory, normalize(`/${name}`));
      if (!asked.startsWith(path) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
        this.missed.push(asked);
        response.writeHead(404).end();
        return;
      }
      const kind = KINDS[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': kind, 'cache-control': 'no-cache' });
      void (this.held.get(name) ?? Promise.resolve()).then(() => {
        createReadStream(file).pipe(response);
      });
    });
  }

  /** Ends it with all connections that browsers keep. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
