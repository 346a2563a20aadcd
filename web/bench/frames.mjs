/**
 * How many frames a second the page shows while time runs, with 20 sessions of 200 queued messages
 * each: `BASE_URL=http://127.0.0.1:8080 npm run bench:frames`. Counted twice: by the page itself,
 * and by Chromium's trace of the frames that its compositor has shown or dropped.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { chromium } from '@playwright/test';

import * as engine from '../wasm/afterlink.js';
import { busy } from './scenario.mjs';

const SECONDS = 8;

engine.initSync({
  module: readFileSync(resolve(import.meta.dirname, '../wasm/afterlink_bg.wasm')),
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(process.env.BASE_URL ?? 'http://127.0.0.1:8080/');
await page.getByRole('button', { name: 'Scenario', exact: true }).click();
await page.getByLabel('Scenario file').setInputFiles({
  name: 'busy.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify(busy(engine, 20, 200))),
});
await page.getByLabel('Jump to').fill('6 s');
await page.getByRole('button', { name: 'Go', exact: true }).click();
await page
  .getByRole('option', { name: /away-3/ })
  .or(page.getByText('away-3'))
  .last()
  .click();
for (const [what, publishing] of [
  ['10 publishes a second', true],
  ['no packets', false],
]) {
  if (!publishing) {
    await page.getByLabel('Jump to').fill('40 s');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
  }
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await browser.startTracing(page, { categories: ['cc', 'benchmark'] });
  const frames = await page.evaluate(
    (ms) =>
      new Promise((done) => {
        const times = [];
        const tick = (time) => {
          times.push(time);
          if (time - times[0] < ms) requestAnimationFrame(tick);
          else done(times.slice(1).map((it, place) => it - times[place]));
        };
        requestAnimationFrame(tick);
      }),
    SECONDS * 1_000,
  );
  const trace = JSON.parse((await browser.stopTracing()).toString());
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const late = frames.filter((ms) => ms > 25).length;
  const rate = (1_000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0);
  console.log(`${what}: ${rate.toFixed(1)} frames/s, ${late} of ${frames.length} above 25 ms`);
  console.log(`  by Chromium's trace: ${states(trace.traceEvents)}`);
}
await browser.close();

/** What became of the frames of the page, each of which the trace reports once. */
function states(events) {
  const counts = new Map();
  let [first, last] = [Infinity, 0];
  for (const { name, ph, ts, args } of events) {
    const state = args?.frame_reporter?.state ?? args?.chrome_frame_reporter?.state;
    if (name !== 'PipelineReporter' || ph !== 'b' || !state) continue;
    counts.set(state, (counts.get(state) ?? 0) + 1);
    [first, last] = [Math.min(first, ts), Math.max(last, ts)];
  }
  const shown = counts.get('STATE_PRESENTED_ALL') ?? 0;
  const list = [...counts].map(([state, count]) => `${state} ${count}`).join(', ');
  return `${((1e6 * shown) / (last - first)).toFixed(1)} frames/s shown whole; ${list}`;
}
