import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const wasm = new URL('./wasm/afterlink.js', import.meta.url).pathname;

export default defineConfig({
  // Everything is addressed relative to the page, so that the folder works under any path.
  base: './',
  plugins: [svelte()],
  resolve: {
    alias: { 'afterlink-wasm': wasm },
    // Components are mounted in unit tests, so Svelte's browser half is wanted there too.
    ...(process.env['VITEST'] === undefined ? {} : { conditions: ['browser'] }),
  },
  build: { target: 'es2023', assetsInlineLimit: 0, reportCompressedSize: false },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});
