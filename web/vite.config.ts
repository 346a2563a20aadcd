import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

import { offline } from './build/offline.ts';
import { statements } from './build/statements.ts';

const root = new URL('..', import.meta.url).pathname;
const wasm = new URL('./wasm/afterlink.js', import.meta.url).pathname;

/** Files below this size are sent as they are, in bytes. */
const SMALL = 1_024;
const TEXTUAL = /\.(?:html|js|css|json|wasm|svg)$/;

/**
 * The page of the statements is the same file under another name, so that both pages share one
 * script.
 */
function secondPage(): Plugin {
  return {
    name: 'second-page',
    apply: 'build',
    writeBundle({ dir }) {
      if (dir === undefined) return;
      copyFileSync(join(dir, 'index.html'), join(dir, 'statements.html'));
    },
  };
}

/** Leaves a brotli twin beside each large file, for servers that send those. */
function twins(): Plugin {
  return {
    name: 'twins',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      handler({ dir }) {
        if (dir !== undefined) compress(dir);
      },
    },
  };
}

function compress(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!TEXTUAL.test(name)) continue;
    const bytes = readFileSync(join(directory, name));
    if (bytes.length < SMALL) continue;
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    writeFileSync(join(directory, `${name}.br`), brotliCompressSync(bytes, { params }));
  }
}

export default defineConfig({
  // Everything is addressed relative to the page, so that the folder works under any path.
  base: './',
  plugins: [svelte(), statements(root), secondPage(), offline(), twins()],
  resolve: {
    alias: { 'afterlink-wasm': wasm },
    // Components are mounted in unit tests, so Svelte's browser half is wanted there too.
    ...(process.env['VITEST'] === undefined ? {} : { conditions: ['browser'] }),
  },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});
