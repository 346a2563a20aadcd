import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type FrameLocator, type Page, test as loud } from '@playwright/test';

import { expect, open, playFive, test, theme, violations } from './support';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** A page at another site: by another name, and at another port. */
class Outside {
  readonly #server: Server;
  #body = '';

  static async start(): Promise<Outside> {
    const outside = new Outside();
    await new Promise<void>((resolve) => outside.#server.listen(0, resolve));
    return outside;
  }

  private constructor() {
    this.#server = createServer((_, response) => {
      const page = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A blog</title>`;
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(`${page}<h1>A blog</h1>${this.#body}</html>`);
    });
  }

  /** Shows a page with this in it. */
  async show(page: Page, body: string): Promise<FrameLocator> {
    this.#body = body;
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://localhost:${port}/`);
    return page.frameLocator('iframe');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let outside: Outside;

test.beforeAll(async () => {
  outside = await Outside.start();
});

test.afterAll(() => outside.stop());

/** Whether anything in the frame has asked for a store. Each is forbidden, as browsers may do. */
async function forbidStores(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const asked: string[] = [];
    Object.assign(window, { asked });
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
      Object.defineProperty(window, name, {
        get: () => {
          asked.push(name);
          throw new DOMException('denied', 'SecurityError');
        },
      });
    }
  });
  return async () => {
    const frame = page.frames().find((it) => it.url().includes('embed'));
    return (await frame?.evaluate(`window.asked`)) as string[];
  };
}

test('a lesson comes to its end in a page of another site, and asks for no store', async ({
  page,
  baseURL,
}) => {
  const asked = await forbidStores(page);
  const frame = await outside.show(
    page,
    `<iframe src="${baseURL}/?embed&amp;lesson=1" title="lesson" width="600" height="480"></iframe>`,
  );
  await expect(frame.getByRole('heading', { name: 'Clean or persistent' })).toBeVisible();
  await frame.getByRole('button', { name: 'Start', exact: true }).click();
  const next = frame.getByRole('button', { name: 'Next step' });
  while (await next.isVisible()) {
    if (await next.isDisabled()) await frame.getByRole('radio').last().check();
    await next.click();
  }
  await expect(frame.getByRole('heading', { name: 'In production' })).toBeVisible();
  await expect(frame.locator('[data-checkpoint="fails"]')).toHaveCount(0);
  await expect(frame.getByText('You said so, and so it was.')).toBeVisible();
  expect(await asked()).toEqual([]);
});

test('the HTML of a lesson that is copied shows that lesson, and the way to the whole page', async ({
  page,
  context,
}) => {
  await page.goto('/?lesson=7');
  const html = await copied(page, '600');
  expect(html).toContain('height="600"');
  const frame = await outside.show(page, html);
  await expect(page.getByTitle('Afterlink: How long a session lives')).toBeVisible();
  await expect(frame.getByRole('heading', { name: 'How long a session lives' })).toBeVisible();
  await expect(frame.getByRole('region', { name: 'Inspector' })).toHaveCount(0);
  const opened = context.waitForEvent('page');
  await frame.getByRole('link', { name: 'Open in Afterlink' }).click();
  const whole = await opened;
  await expect(whole.getByRole('heading', { name: 'How long a session lives' })).toBeVisible();
  await expect(whole.getByRole('region', { name: 'Inspector' })).toBeVisible();
});

test('the HTML of a scenario that is copied shows its moment, and goes on from there', async ({
  page,
}) => {
  await open(page);
  await playFive(page, '9 s');
  const frame = await outside.show(page, await copied(page, '480'));
  const time = frame.getByRole('timer', { name: 'Time since the start' });
  await expect(time.or(frame.getByRole('timer').first()).first()).toContainText('00:09.000');
  await frame.getByRole('button', { name: '+1 s' }).click();
  await expect(frame.getByRole('timer').first()).toContainText('00:10.000');
});

for (const [what, address, words] of [
  ['nothing', '/?embed', 'names nothing to show'],
  ['a lesson that is none', '/?embed&lesson=99', 'There is no lesson “99”'],
  ['a script', '/?embed&lesson=<script>alert(1)</script>', 'There is no lesson “<script>'],
  ['a theme that is none', '/?embed&lesson=1&theme=pink', 'There is no theme “pink”'],
  ['a protocol that is none', '/?embed&lesson=1&protocol=6', 'There is no protocol “6”'],
  ['a broken scenario', '/?embed#play=1.broken!', 'carries no scenario that can be read'],
  ['a newer scenario', '/?embed#play=9.AAAA', 'The link is of version 9'],
] as const) {
  test(`a frame that asks for ${what} is refused in words`, async ({ page }) => {
    await page.goto(address);
    await expect(page.getByRole('alert')).toContainText(words);
    await expect(page.getByRole('region', { name: 'Stage' })).toHaveCount(0);
    await expect(page.getByRole('link', { name: 'Open in Afterlink' })).toBeVisible();
  });
}

// What a browser says when it refuses a frame stands on the console, and is what is wanted.
for (const path of ['/', '/?lesson=1', '/index.html?embed', '/statements.html?embed']) {
  loud(`${path} can not be put into a page of another site`, async ({ page, baseURL }) => {
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    const site = await Outside.start();
    const frame = await site.show(page, `<iframe src="${baseURL}${path}" title="x"></iframe>`);
    await expect.poll(() => said.join()).toContain('frame-ancestors');
    await expect(frame.locator('#app')).toHaveCount(0);
    await site.stop();
  });
}

for (const name of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [600, 480],
    [360, 640],
  ] as const) {
    test(`a lesson in ${width} by ${height} is accessible and fits in ${name}`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height });
      await page.goto('/?embed&lesson=7');
      await theme(page, name);
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await expect(page.getByRole('button', { name: 'Next step' })).toBeInViewport();
      expect(await violations(page)).toEqual([]);
      const over = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth - innerWidth, scrollHeight - innerHeight];
      });
      expect(over).toEqual([0, 0]);
      for (const part of [
        page.getByRole('link', { name: 'Open in Afterlink' }),
        page.getByRole('region', { name: 'Clock' }).getByRole('timer'),
        page.getByRole('button', { name: 'More of the clock' }),
        page.getByRole('button', { name: 'Back', exact: true }),
        page.getByRole('button', { name: 'As a list' }),
      ]) {
        await expect(part).toBeInViewport({ ratio: 1 });
      }
    });
  }
}

test.describe('where the browser keeps the page', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a frame asks the server, which alone may let it be framed, and keeps nothing', async ({
    page,
  }) => {
    const workers = (): Promise<number> =>
      page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
    await page.goto('/?embed&lesson=1');
    await expect(page.getByRole('heading', { name: 'Clean or persistent' })).toBeVisible();
    await page.waitForLoadState('networkidle');
    expect(await workers()).toBe(0);
    await open(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await expect
      .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null))
      .toBe(true);
    const whole = await page.goto('/');
    expect(whole?.fromServiceWorker()).toBe(true);
    const framed = await page.goto('/?embed&lesson=1');
    expect(await framed?.headerValue('content-security-policy')).toContain('frame-ancestors *');
  });
});

test('the theme can be chosen by the page around', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/?embed&lesson=1&theme=dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

/** The HTML that the page offers for what it shows. */
async function copied(page: Page, height: string): Promise<string> {
  await page.getByRole('button', { name: 'Scenario', exact: true }).click();
  await page.getByRole('button', { name: 'Put it into a page of yours' }).click();
  await page.getByLabel('Height').selectOption(height);
  const field = page.getByRole('textbox', { name: 'HTML' });
  await expect(field).toHaveValue(/^<iframe/);
  return field.inputValue();
}
