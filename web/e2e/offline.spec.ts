import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { Page } from '@playwright/test';

import { writeWorker } from '../build/offline';
import { Host } from './host';
import { expect, test } from './support';

const DIST = resolve(import.meta.dirname, '../dist');

/** How long a browser may take to find another build and fetch all of it, in milliseconds. */
const RENEWAL_MS_MAX = 60_000;

test.describe.configure({ timeout: 2 * RENEWAL_MS_MAX });

test.use({ serviceWorkers: 'allow' });

/** Waits until the worker has all files, answers for this page, and nothing is under way. */
async function untilKept(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
}

async function build(page: Page): Promise<string | null> {
  return page.locator('html').getAttribute('data-build');
}

/** The builds whose files the browser keeps. */
async function keptBuilds(page: Page): Promise<string[]> {
  const names = await page.evaluate(() => caches.keys());
  return names.map((name) => name.slice(name.lastIndexOf(' ') + 1));
}

/** A copy of the page as another build would be, which says so in its title. */
async function otherBuild(directory: string, title: string): Promise<string> {
  cpSync(DIST, directory, { recursive: true });
  const path = join(directory, 'index.html');
  const text = readFileSync(path, 'utf8').replace(/<title>.*<\/title>/, `<title>${title}</title>`);
  writeFileSync(path, text);
  return writeWorker(directory);
}

/** Takes a lesson from its list to the question, which fetches parts of the page. */
async function takeLesson(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: title }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  while ((await page.getByRole('radio').count()) === 0) {
    await page.getByRole('button', { name: 'Next step' }).click();
  }
}

test.describe('from the server', () => {
  test('the page opens and runs lessons without a network', async ({ page, context }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto('/');
    await untilKept(page);
    await context.setOffline(true);
    await page.reload();
    await takeLesson(page, 'Begin with lesson 1');
    const embedded = await page.goto('/?embed&lesson=2');
    await expect(page.getByRole('heading', { name: 'Session present' })).toBeVisible();
    // What may stand in a page of others is told apart from what may not.
    expect(embedded?.headers()['content-security-policy']).toContain('frame-ancestors *');
    const own = await page.goto('/');
    expect(own?.headers()['content-security-policy']).toContain("frame-ancestors 'self'");
    await page.goto('/statements.html#MQTT-3.1.2-23');
    await expect(page.locator('[id="MQTT-3.1.2-23"]')).toBeInViewport();
  });

  test('what the server says besides the page is not kept', async ({ page }) => {
    await page.goto('/');
    await untilKept(page);
    const fetched = await page.evaluate(async () => (await fetch('/healthz')).status);
    expect(fetched).toBe(200);
    const all = await page.evaluate(async () => {
      const lists = (await caches.keys()).map(async (name) => (await caches.open(name)).keys());
      return (await Promise.all(lists)).flat().map(({ url }) => new URL(url).pathname);
    });
    expect(all).toContain('/index.html');
    expect(
      all.filter((path) => !/^\/(assets\/[^/]+|index\.html|statements\.html)?$/.test(path)),
    ).toEqual([]);
  });

  test('the worker is asked for anew each time, and allowed', async ({ request }) => {
    const response = await request.get('/sw.js');
    expect(response.headers()['content-type']).toContain('text/javascript');
    expect(response.headers()['cache-control']).toBe('no-cache');
    expect(response.headers()['content-security-policy']).toContain("worker-src 'self'");
  });
});

test.describe('from a folder of any host', () => {
  const made: string[] = [];
  const hosts: Host[] = [];

  async function start(path: string): Promise<{ host: Host; url: string }> {
    const started = await Host.start(DIST, path);
    hosts.push(started.host);
    return started;
  }

  function directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'afterlink-build-'));
    made.push(path);
    return path;
  }

  /**
   * Opens the page and waits until its build is kept; another build is ready for the host, in
   * `next`.
   */
  async function openBeforeAnother(page: Page, path = '/') {
    const { host, url } = await start(path);
    await page.goto(url);
    await untilKept(page);
    const first = await build(page);
    const next = directory();
    const second = await otherBuild(next, 'Second');
    expect(second).not.toBe(first);
    return { host, url, first, next, second };
  }

  test.afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
    for (const path of made.splice(0)) rmSync(path, { recursive: true });
  });

  test('the page opens when the host is gone', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const { host, url } = await start('/some/where/');
    await page.goto(url);
    await untilKept(page);
    await host.stop();
    await page.reload();
    // Lessons and dialogs are parts of the page that were not fetched before.
    await page.getByRole('button', { name: 'Settings' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await takeLesson(page, 'Begin with lesson 1');
    await page.getByRole('link', { name: 'Statements' }).click();
    await expect(page.getByRole('status')).toContainText('251 of 251');
    expect(host.missed).toEqual([]);
  });

  test('code of the visitor runs when the host is gone', async ({ page }) => {
    const { host, url } = await start('/');
    await page.goto(url);
    await untilKept(page);
    await host.stop();
    await page.reload();
    await page.getByRole('tab', { name: 'Code' }).click();
    await page.getByLabel('Snippet').selectOption('clean-session');
    await page.getByRole('button', { name: /^▶?Run/ }).click();
    const output = page.getByRole('log', { name: 'Console' });
    await expect(output).toContainText('session present: false', { timeout: 20_000 });
  });

  test('a newer build is told of, taken at the next load, and the old one let go', async ({
    page,
  }) => {
    const { host, first, next, second } = await openBeforeAnother(page);
    host.directory = next;

    await page.reload();
    expect(await build(page), 'the page that is kept opens at once').toBe(first);
    await page.getByRole('button', { name: 'Connect all clients' }).click();
    const note = page.getByText('A newer version of this page is ready.');
    await expect(note).toBeVisible({ timeout: RENEWAL_MS_MAX });
    expect(await build(page), 'nothing changes under the visitor').toBe(first);
    await expect(page.getByRole('button', { name: 'Connect all clients' })).toHaveCount(0);
    expect(await keptBuilds(page)).toEqual([first, second]);

    await page.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => build(page)).toBe(second);
    await expect(note).toHaveCount(0);
    await expect.poll(() => keptBuilds(page)).toEqual([second]);
  });

  test('a newer build is taken though the old page is opened anew while it comes', async ({
    page,
  }) => {
    const { host, first, next, second } = await openBeforeAnother(page);
    let release = (): void => undefined;
    host.held.set('index.html', new Promise((resolve) => (release = resolve)));
    host.directory = next;
    await page.reload();
    await page.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.ready;
      return registration.installing !== null;
    });
    await expect.poll(() => keptBuilds(page)).toEqual([first, second]);
    await page.reload();
    await expect(page.getByRole('button', { name: 'Connect all clients' })).toBeVisible();
    release();
    const note = page.getByText('A newer version of this page is ready.');
    await expect(note).toBeVisible({ timeout: RENEWAL_MS_MAX });
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => build(page)).toBe(second);
  });

  test('an old page keeps its parts while a newer one is open beside it', async ({
    page,
    context,
  }) => {
    const { host, url, first, next, second } = await openBeforeAnother(page, '/below/');
    host.directory = next;
    const other = await context.newPage();
    await other.goto(url);
    const note = page.getByText('A newer version of this page is ready.');
    await expect(note).toBeVisible({ timeout: RENEWAL_MS_MAX });
    await other.reload();
    await expect.poll(() => build(other)).toBe(second);
    expect(await build(page)).toBe(first);
    expect(await keptBuilds(page)).toEqual([first, second]);
    await page.close();
    await other.reload();
    await expect.poll(() => keptBuilds(other)).toEqual([second]);
  });

  test('a build that comes in halves is not taken', async ({ page }) => {
    const { host, first, next } = await openBeforeAnother(page);
    // The host has the new worker, and still an old page.
    cpSync(join(DIST, 'index.html'), join(next, 'index.html'));
    host.directory = next;
    await page.reload();
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      try {
        await registration.update();
      } catch {
        return 'failed';
      }
      const { installing } = registration;
      if (installing === null) return 'none';
      return new Promise<string>((resolve) =>
        installing.addEventListener('statechange', () => resolve(installing.state)),
      );
    });
    expect(['failed', 'redundant']).toContain(state);
    await page.reload();
    expect(await build(page)).toBe(first);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  });
});

test('what stands in a page of others keeps nothing', async ({ page }) => {
  await page.goto('/?embed&lesson=2');
  await expect(page.getByRole('heading', { name: 'Session present' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  const kept = await page.evaluate(async () => [
    (await navigator.serviceWorker.getRegistrations()).length,
    (await caches.keys()).length,
    localStorage.length,
  ]);
  expect(kept).toEqual([0, 0, 0]);
});

test('a page that may have no worker works without one', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'serviceWorker', {
      get: () => {
        throw new DOMException('the document is sandboxed', 'SecurityError');
      },
    });
  });
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Connect all clients' })).toBeVisible();
});
