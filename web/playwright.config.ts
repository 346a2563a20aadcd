import { defineConfig } from '@playwright/test';

const server = process.env['BASE_URL'];
if (server === undefined) {
  throw new Error('BASE_URL names no server: `cargo xtask test page` starts one and runs these');
}

export default defineConfig({
  testDir: 'e2e',
  outputDir: process.env['PLAYGROUND_RESULTS'] ?? 'node_modules/.test-results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  reporter: 'list',
  timeout: 60_000,
  use: {
    baseURL: server,
    // What a browser keeps would hide a page that was built anew; `offline.spec.ts` lets it.
    serviceWorkers: 'block',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      // The browser asks for nothing of its own, and runs as root where tests do.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
