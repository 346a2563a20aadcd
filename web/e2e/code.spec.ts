import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';

import { test as base, type Locator, type Page } from '@playwright/test';

import { expect, open, test, theme, violations } from './support';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('QoS 0, 1 and 2 and a persistent session, against the broker in the page', async ({
  page,
}) => {
  await run(
    page,
    `
      import mqtt from 'mqtt';
      const options = { clientId: 'own-1', protocolVersion: 5, clean: false,
        properties: { sessionExpiryInterval: 3600 } };
      const first = await mqtt.connectAsync('mqtt://broker.example:1883', options);
      await first.subscribeAsync('t/#', { qos: 2 });
      await first.endAsync();
      const sender = await mqtt.connectAsync({ clientId: 'own-2', protocolVersion: 5 });
      for (const qos of [0, 1, 2]) await sender.publishAsync('t/' + qos, 'message', { qos });
      const again = mqtt.connect(options);
      again.on('connect', ({ sessionPresent }) => console.log('present', sessionPresent));
      again.on('message', (topic, payload, { qos }) => console.log(topic, String(payload), 'at', qos));
    `,
  );
  await said(page, 'present true');
  await said(page, 't/1 message at 1');
  await said(page, 't/2 message at 2');
  // Whether QoS 0 waits is the broker's choice, and this one's is not to.
  await expect(output(page)).not.toContainText('t/0');
  const stage = page.getByRole('region', { name: 'Stage' });
  await expect(stage.getByRole('group', { name: 'own-1', exact: true })).toContainText('connected');
  await expect(stage.getByRole('group', { name: 'own-2', exact: true })).toContainText('connected');
  const inspector = page.getByRole('region', { name: 'Inspector' });
  await expect(inspector.getByRole('heading', { name: 'own-1' })).toBeVisible();
  await expect(inspector.getByText('t/#').first()).toBeVisible();
});

test('a link that is cut closes the stream of the code, which connects anew', async ({ page }) => {
  await run(
    page,
    `
      const client = mqtt.connect({ clientId: 'own', reconnectPeriod: 500 });
      client.on('connect', () => console.log('connected'));
      client.on('close', () => console.log('closed'));
    `,
  );
  await said(page, 'connected');
  await page.getByRole('button', { name: 'Cut the link of own' }).click();
  await page.getByRole('menuitem').first().click();
  await said(page, 'closed');
  await expect(output(page).getByText('connected', { exact: true })).toHaveCount(2);
});

test('an error names its line, which is marked', async ({ page }) => {
  await run(page, "console.log('before');\n\nnothing.isHere();\n");
  await said(page, 'nothing is not defined');
  await output(page).getByRole('button', { name: 'line 3' }).click();
  await expect(page.locator('.cm-failed')).toHaveText('nothing.isHere();');
  // One that comes later, and one that keeps the code from being read at all.
  await run(page, "\nsetTimeout(() => {\n  throw new Error('late');\n});\n");
  await expect(output(page).getByRole('button', { name: 'line 3' })).toBeVisible();
  await run(page, 'const a = 1;\nconst b = ;\n');
  await said(page, 'SyntaxError');
  await expect(output(page).getByRole('button', { name: 'line 2' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^▶?Run/ })).toBeVisible();
});

test('a loop without end is stopped, and the page goes on meanwhile', async ({ page }) => {
  await run(page, "await mqtt.connectAsync({ clientId: 'own' }); for (;;) {}");
  await expect(clients(page, 'own')).toBeVisible();
  // A page that stood still would draw nothing until the loop is stopped.
  const frames = await page.evaluate(async () => {
    let count = 0;
    const end = performance.now() + 1_000;
    while (performance.now() < end) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      count += 1;
    }
    return count;
  });
  expect(frames).toBeGreaterThan(3);
  await said(page, 'has not answered for 2 s');
  await expect(page.getByRole('button', { name: 'Stop' })).toHaveCount(0);
  await expect(clients(page, 'own')).toContainText('offline');
});

test('code is stopped by hand, in the middle of a loop too', async ({ page }) => {
  await run(page, "console.log('before'); for (;;) {}");
  await said(page, 'before');
  await page.getByRole('button', { name: 'Stop' }).click();
  await said(page, 'Stopped');
  await expect(page.locator('iframe')).toHaveCount(0);
});

test('a flood is stopped, and the console keeps so many lines', async ({ page }) => {
  await run(page, "for (let i = 1; i <= 3000; i += 1) console.log('line', i);");
  await said(page, 'line 3000');
  await expect(output(page).getByRole('listitem')).toHaveCount(500);
  await run(page, "for (let i = 0; i < 1000; i += 1) console.log('x'.repeat(5000));");
  await said(page, '801 more lines were said at once than can be shown');
  await run(page, "for (;;) console.log('x'.repeat(5000));");
  await said(page, 'has not answered for 2 s');
  await run(page, 'setInterval(() => { for (let i = 0; i < 40; i += 1) console.log(i); });');
  await page.getByRole('button', { name: 'Stop' }).click();
  await said(page, 'Stopped, its connections closed.');
  await run(
    page,
    `
      const client = await mqtt.connectAsync({ clientId: 'flood' });
      setInterval(() => client.publish('t', 'x'.repeat(20_000)), 20);
    `,
  );
  await said(page, 'has no more room in it');
});

base('the code reaches neither the network nor the page', async ({ page }) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*');
    response.end('1');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await run(
    page,
    `
      const address = ${JSON.stringify(`http://127.0.0.1:${port}`)} + '/?leak';
      const tries = {
        fetch: () => fetch(address),
        importScripts: () => importScripts(address),
        import: () => import(address),
        XMLHttpRequest: () => new Promise((resolve, reject) => {
          const request = new XMLHttpRequest();
          request.onload = resolve;
          request.onerror = () => reject(new Error('error'));
          request.open('GET', address);
          request.send();
        }),
        WebSocket: () => new Promise((resolve, reject) => {
          const socket = new WebSocket(address.replace('http', 'ws'));
          socket.onopen = resolve;
          socket.onerror = () => reject(new Error('error'));
        }),
        EventSource: () => new Promise((resolve, reject) => {
          const source = new EventSource(address);
          source.onopen = resolve;
          source.onerror = () => reject(new Error('error'));
        }),
        eval: () => eval('1'),
        Function: () => new Function('return 1')(),
        storage: () => new Promise((resolve, reject) => {
          const request = indexedDB.open('x');
          request.onsuccess = resolve;
          request.onerror = () => reject(new Error('error'));
        }),
        caches: () => caches.open('x'),
      };
      for (const [name, attempt] of Object.entries(tries)) {
        try {
          await attempt();
          console.log(name, 'WORKED');
        } catch {
          console.log(name, 'refused');
        }
      }
      console.log(typeof document, typeof parent, self.origin, 'all tried');
    `,
  );
  await said(page, 'undefined undefined null all tried');
  const lines = await output(page).innerText();
  expect(lines).not.toContain('WORKED');
  expect(lines.match(/refused/g)).toHaveLength(10);
  // Some tries are seen by the browser and come to nothing there: none has left it.
  expect(asked).toEqual([]);
  server.close();
});

test('going back in time stops the code and says so; what it did stays in the past', async ({
  page,
}) => {
  await run(page, "await mqtt.connectAsync({ clientId: 'own' }); console.log('connected');");
  await said(page, 'connected');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await said(page, 'connected');
  await expect(page.getByText('packets wait on the stage')).toBeVisible();
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('[');
  await said(page, 'Code cannot go with you');
  await expect(page.getByRole('button', { name: /^▶?Run/ })).toBeVisible();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press(']');
  await expect(clients(page, 'own')).toContainText('offline');
  const log = page.getByRole('region', { name: 'Log' });
  await expect(log.getByText('CONNACK').first()).toBeVisible();
});

test('neither a link nor a draft nor an import runs code', async ({ page, browser }) => {
  await run(page, "await mqtt.connectAsync({ clientId: 'own' }); console.log('ran');");
  await said(page, 'ran');
  await page.getByRole('button', { name: 'Scenario' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as a file' }).click(),
  ]);
  const path = await download.path();
  const file = readFileSync(path, 'utf8');
  expect(file).not.toContain('connectAsync');
  expect(file).toContain('send_outside');
  if (!(await page.getByRole('dialog').isVisible())) {
    await page.getByRole('button', { name: 'Scenario' }).click();
  }
  await page.getByRole('button', { name: 'Copy a link to this moment' }).click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();

  for (const way of ['file', 'link']) {
    const context = await browser.newContext();
    const other = await context.newPage();
    await other.addInitScript(() => localStorage.setItem('afterlink.code', "console.log('ran')"));
    if (way === 'link') {
      await other.goto(link);
      await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
    } else {
      await open(other);
      await other.getByRole('button', { name: 'Scenario' }).click();
      await other.setInputFiles('input[type=file]', path);
      await expect(other.getByRole('dialog')).toHaveCount(0);
      await other.getByRole('button', { name: '+10 s' }).click();
    }
    // The history is there, without any code.
    await expect(clients(other, 'own')).toBeVisible();
    await openTab(other);
    await expect(editor(other)).toContainText('ran');
    await expect(output(other)).not.toContainText('ran');
    await expect(other.locator('iframe')).toHaveCount(0);
    await context.close();
  }
});

test('what is written is there again after a reload', async ({ page }) => {
  await open(page);
  await openTab(page);
  await write(page, '// mine');
  await page.reload();
  await openTab(page);
  await expect(editor(page)).toHaveText('// mine');
  await page.getByLabel('Snippet').selectOption('will');
  await expect(editor(page)).toContainText('Lesson 12');
  await editor(page).press('Control+z');
  await expect(editor(page)).toHaveText('// mine');
});

test('the editor is reached, used and left with the keyboard', async ({ page }) => {
  await open(page);
  const tab = page.getByRole('tab', { name: 'Lessons' });
  await tab.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Code' })).toBeFocused();
  await editor(page).focus();
  await write(page, '');
  await page.keyboard.type('if (true) console.log("typed")');
  // No key that is typed is one of the page's: the clock stands.
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await page.keyboard.press('Home');
  await page.keyboard.press('Tab');
  await expect(editor(page)).toHaveText('  if (true) console.log("typed")');
  await page.keyboard.press('Control+Enter');
  await said(page, 'typed');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(editor(page)).not.toBeFocused();
});

for (const name of ['light', 'dark'] as const) {
  test(`code and console are accessible in ${name}`, async ({ page }) => {
    await open(page);
    await theme(page, name);
    await openTab(page);
    await page.getByText('How it runs').click();
    expect(await violations(page)).toEqual([]);
    await write(
      page,
      "console.log('l'); console.info(1); console.warn('w'); console.error('e'); console.debug({});",
    );
    await page.getByRole('button', { name: /^▶?Run/ }).click();
    await said(page, 'w');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(page.getByText('packets wait on the stage')).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

/** What the last lines of each snippet say. */
const SNIPPETS = {
  'clean-session': ['session present: false', 'nothing will'],
  'persistent-session': [
    'session present: true',
    'received home/door open',
    'received home/door closed',
  ],
  'session-present': [
    'Clean Start 1: session present false',
    'Clean Start 0: session present true',
  ],
  'qos-1-and-2': ['received exactly once at QoS 2, DUP false', 'pubcomp', 'all three'],
  'message-expiry': ['home/door open with 59'],
  will: ['my-valve has crashed', 'status/my-valve is lost'],
  'shared-subscription': ['my-worker-1 does job', 'my-worker-2 does job', 'four jobs'],
};

for (const [id, lines] of Object.entries(SNIPPETS)) {
  test(`the snippet ${id} shows what it is about`, async ({ page }) => {
    await open(page);
    await openTab(page);
    await page.getByLabel('Snippet').selectOption(id);
    const text = readFileSync(
      resolve(import.meta.dirname, `../src/code/snippets/${id}.js`),
      'utf8',
    );
    await expect(editor(page)).toContainText((text.split('\n')[0] ?? '').slice(0, 60));
    await page.getByRole('button', { name: /^▶?Run/ }).click();
    for (const line of lines) await said(page, line);
    await expect(output(page).locator('.error')).toHaveCount(0);
    if (id === 'clean-session') await expect(output(page)).not.toContainText('home/door open');
    if (id === 'message-expiry') await expect(output(page)).not.toContainText('home/bell');
    if (id === 'will') await expect(output(page)).not.toContainText('status/my-pump');
  });
}

/** Opens the page, unless it is, writes code and runs it. */
async function run(page: Page, code: string): Promise<void> {
  if (page.url() === 'about:blank') {
    await open(page);
    await openTab(page);
  }
  await write(page, code);
  await page.getByRole('button', { name: /^▶?Run/ }).click();
}

async function openTab(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Code' }).click();
  await expect(editor(page)).toBeVisible();
}

/** Puts code in the place of what is there, as one pastes it. */
async function write(page: Page, code: string): Promise<void> {
  await editor(page).press('Control+a');
  await editor(page).evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const paste = { clipboardData, bubbles: true, cancelable: true, composed: true };
    element.dispatchEvent(new ClipboardEvent('paste', paste));
  }, code);
}

function editor(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Your code' });
}

function output(page: Page): Locator {
  return page.getByRole('log', { name: 'Console' });
}

async function said(page: Page, text: string): Promise<void> {
  await expect(output(page)).toContainText(text, { timeout: 20_000 });
}

function clients(page: Page, name: string): Locator {
  return page.getByRole('region', { name: 'Stage' }).getByRole('group', { name, exact: true });
}
