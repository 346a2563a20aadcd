import { expect, open, test } from './support';

/** The page's own script until it can be used, compressed, in bytes. */
const SCRIPT_MAX = 70 * 1_024;
/** The module of the engine, compressed, in bytes. */
const MODULE_MAX = 153_600;
/** From the request to the first paint, from a server on this machine, in milliseconds. */
const FIRST_PAINT_MS_MAX = 1_000;

test('the page comes small', async ({ page }) => {
  let script = 0;
  let wasm = 0;
  page.on('response', (response) => {
    const length = Number(response.headers()['content-length']);
    if (response.url().endsWith('.js')) script += length;
    if (response.url().endsWith('.wasm')) wasm += length;
  });
  await open(page);
  process.stdout.write(`figure: script ${script} B, wasm ${wasm} B\n`);
  expect(script).toBeGreaterThan(0);
  expect(script).toBeLessThanOrEqual(SCRIPT_MAX);
  expect(wasm).toBeGreaterThan(0);
  expect(wasm).toBeLessThanOrEqual(MODULE_MAX);
});

test('the page paints at once', async ({ page }) => {
  // The first visit starts the browser's own parts; a person's browser runs already.
  await open(page);
  await page.reload();
  await open(page);
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  process.stdout.write(`figure: first paint ${Math.round(paint ?? Infinity)} ms\n`);
  expect(paint).toBeLessThan(FIRST_PAINT_MS_MAX);
});
