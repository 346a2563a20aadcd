import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';

import { type Plugin, transformWithOxc } from 'vite';

const SOURCE = new URL('../worker/sw.ts', import.meta.url).pathname;
/** The name that the page registers, which has to stay the same for ever. */
export const WORKER = 'sw.js';
const PAGES = ['index.html', 'statements.html'];
/** Where a page carries the version of its build. */
const STAMP = /data-build="[^"]*"/;

/** Writes the service worker of the build, which keeps its files for when there is no network. */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir }) {
        if (dir !== undefined) await writeWorker(dir);
      },
    },
  };
}

/**
 * Stamps the pages in the directory with the version of its files, and writes the worker that keeps
 * them. The version follows from what the files hold, so the same files have the same version.
 */
export async function writeWorker(directory: string): Promise<string> {
  stamp(directory, '');
  const version = digest('hex', JSON.stringify(digests(directory))).slice(0, 16);
  stamp(directory, version);
  const build = JSON.stringify({ version, files: digests(directory) }, undefined, 1);
  const { code } = await transformWithOxc(readFileSync(SOURCE, 'utf8'), SOURCE, {
    sourcemap: false,
  });
  writeFileSync(join(directory, WORKER), `const BUILD = ${build};\n${code}`);
  return version;
}

function stamp(directory: string, version: string): void {
  for (const page of PAGES) {
    const path = join(directory, page);
    const text = readFileSync(path, 'utf8');
    if (!STAMP.test(text)) throw new Error(`${page} has no data-build for its version`);
    writeFileSync(path, text.replace(STAMP, `data-build="${version}"`));
  }
}

/** The files that a browser asks for, and their digests. */
function digests(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name).slice(directory.length).split(sep).join('/'))
    .map((name) => name.replace(/^\//, ''))
    .filter((name) => name !== WORKER && !name.endsWith('.br'))
    .sort();
  const entry = (name: string): [string, string] => [
    name,
    `sha256-${digest('base64', readFileSync(join(directory, name)))}`,
  ];
  return Object.fromEntries(names.map(entry));
}

function digest(encoding: 'hex' | 'base64', data: string | Buffer): string {
  return createHash('sha256').update(data).digest(encoding);
}
