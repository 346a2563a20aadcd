import type { Page } from '@playwright/test';

import { expect, jump, open, playFive, test, theme, violations } from './support';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('two clients are connected, one subscribes, the other publishes, the message arrives', async ({
  page,
}) => {
  await open(page);
  await page.getByRole('button', { name: 'Connect all clients' }).click();
  await go(page, '+2 s');
  await expect(lane(page, 'sensor').getByText('connected')).toBeVisible();
  await subscribe(page, 'display', 'home/#');
  await go(page, '+2 s');
  await publish(page, 'sensor', 'home/door', 'open');
  await go(page, '+2 s');
  await expect(logRow(page, 'home/door').first()).toBeVisible();
  await page
    .getByLabel('Filter')
    .or(page.locator('#log-filter'))
    .first()
    .fill('message to application');
  await expect(logRow(page, 'home/door')).toHaveCount(1);
});

test('a client that is away finds its messages when it returns', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Connect all clients' }).click();
  await go(page, '+1 s');
  await subscribe(page, 'display', '#');
  await go(page, '+1 s');
  await cut(page, 'display', 'both sides');
  await expect(lane(page, 'display').getByText('offline')).toBeVisible();
  await publish(page, 'sensor', 'home/door', 'open');
  await go(page, '+1 s');
  await lane(page, 'display').getByRole('button', { name: 'display', exact: true }).click();
  const inspector = page.getByRole('region', { name: 'Inspector' });
  await expect(inspector.getByText('home/door')).toBeVisible();
  await client(page, 'display', 'Connect');
  await go(page, '+2 s');
  await expect(inspector.getByText('Nothing waits.')).toBeVisible();
});

test('a client with every option of CONNECT can be added and connects', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'What can be done to the broker' }).click();
  await page.getByRole('menuitem', { name: 'Add a client…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name on the stage').fill('pump');
  await dialog.getByLabel('Session Expiry Interval').fill('30');
  await dialog.getByLabel('Keep Alive').fill('20');
  await dialog.getByLabel('Leave a Will Message').check();
  await dialog.getByLabel('Will Delay Interval').fill('5');
  await dialog.getByText('More of CONNECT, and its link').click();
  await dialog.getByLabel('Receive Maximum').fill('2');
  await dialog.getByLabel('Topic Alias Maximum').fill('3');
  await dialog.getByLabel('User Name').fill('user');
  await dialog.getByLabel('Password').fill('secret');
  await dialog.getByLabel('Request Response Information').check();
  await dialog.getByRole('button', { name: 'Add a pair' }).click();
  await dialog.getByLabel('name', { exact: true }).fill('place');
  await dialog.getByLabel('value', { exact: true }).fill('cellar');
  await dialog.getByRole('button', { name: 'Add and connect' }).click();
  await go(page, '+2 s');
  await expect(lane(page, 'pump').getByText('connected')).toBeVisible();
});

test('a client of MQTT 3.1.1 is asked for nothing that it has no field for', async ({ page }) => {
  await open(page);
  await client(page, 'sensor', 'Change…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Protocol version').selectOption({ label: 'MQTT 3.1.1' });
  await expect(dialog.getByLabel('Session Expiry Interval')).toHaveCount(0);
  await expect(dialog.getByLabel('Clean Session')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save and connect' }).click();
  await go(page, '+2 s');
  await expect(lane(page, 'sensor').getByText('connected')).toBeVisible();
});

test('what the engine refuses is said in the dialog, and what was typed stays', async ({
  page,
}) => {
  await open(page);
  await page.getByRole('button', { name: 'Connect all clients' }).click();
  await go(page, '+1 s');
  await client(page, 'sensor', 'Publish…');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Payload' }).fill('x'.repeat(70_000));
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(dialog.getByLabel('Topic Name')).toHaveValue('home/temperature');
});

for (const [fault, word] of [
  ['Drop', 'dropped'],
  ['Hold', 'held'],
] as const) {
  test(`a packet on its way can be caught: ${fault}`, async ({ page }) => {
    await open(page);
    await client(page, 'sensor', 'Connect');
    await page.getByRole('button', { name: /^What can be done to CONNECT/ }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${fault}`) }).click();
    await go(page, '+1 s');
    await expect(
      page.getByRole('region', { name: 'Stage' }).getByText(word, { exact: true }).first(),
    ).toBeVisible();
    await expect(lane(page, 'sensor').getByText('connected', { exact: true })).toHaveCount(0);
  });
}

test('a packet on its way can be delayed, and arrives later', async ({ page }) => {
  await open(page);
  await client(page, 'sensor', 'Connect');
  await page.getByRole('button', { name: /^What can be done to CONNECT/ }).click();
  await page.getByRole('menuitem', { name: 'Delay by 1 s', exact: true }).click();
  await go(page, '+1 s');
  await expect(lane(page, 'sensor').getByText('connecting')).toBeVisible();
  await go(page, '+1 s');
  await expect(lane(page, 'sensor').getByText('connected', { exact: true })).toBeVisible();
});

test('a packet on its way can be doubled: a second CONNECT ends the connection', async ({
  page,
}) => {
  await open(page);
  await client(page, 'sensor', 'Connect');
  await page.getByRole('button', { name: /^What can be done to CONNECT/ }).click();
  await page.getByRole('menuitem', { name: 'Duplicate', exact: true }).click();
  await go(page, '+2 s');
  await expect(logRow(page, 'CONNECT').filter({ hasText: 'sensor, no clean start' })).toHaveCount(
    2,
  );
  await expect(lane(page, 'sensor').getByText('offline')).toBeVisible();
});

test('a client unsubscribes, and says goodbye with a reason and another expiry', async ({
  page,
}) => {
  await open(page);
  await client(page, 'display', 'Connect');
  await go(page, '+1 s');
  await subscribe(page, 'display', 'home/#');
  await go(page, '+1 s');
  await client(page, 'display', 'Unsubscribe…');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Topic Filters, one a line')).toHaveValue('home/#');
  await dialog.getByRole('button', { name: 'Unsubscribe', exact: true }).click();
  await go(page, '+1 s');
  await expect(logRow(page, 'UNSUBACK')).toHaveCount(1);
  await client(page, 'display', 'Disconnect with…');
  await dialog.getByLabel('Reason Code').selectOption('4');
  await dialog.getByLabel('Session Expiry Interval').fill('77');
  await dialog.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await go(page, '+1 s');
  await lane(page, 'display').getByRole('button', { name: 'display', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Inspector' }).getByText('77 s')).toBeVisible();
});

test('a cut that nobody notices is found out by keep alive', async ({ page }) => {
  await open(page);
  await client(page, 'sensor', 'Connect');
  await go(page, '+1 s');
  await cut(page, 'sensor', 'nobody, until keep alive');
  await go(page, '+30 s');
  await expect(lane(page, 'sensor').getByText('connected', { exact: true })).toBeVisible();
  await go(page, '+3 min');
  await expect(lane(page, 'sensor').getByText('offline')).toBeVisible();
});

test('going back and on again leads to the same; doing something there begins another history', async ({
  page,
}) => {
  await open(page);
  await playFive(page, '9 s');
  const before = await log(page);
  await jump(page, '3 s');
  expect(await log(page)).not.toEqual(before);
  await jump(page, '9 s');
  expect(await log(page)).toEqual(before);
  await jump(page, '3 s');
  await cut(page, 'logger', 'both sides');
  await page.getByRole('button', { name: 'Begin another history' }).click();
  await expect(page.getByText('Histories (1)')).toBeVisible();
});

test('settings can be changed from now on and from the start', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Messages in one queue').fill('7');
  await dialog.getByRole('button', { name: 'From now on' }).click();
  await expect(dialog).toHaveCount(0);
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await expect(dialog.getByLabel('Messages in one queue')).toHaveValue('7');
  await dialog.getByLabel('Links: to the broker').fill('900');
  await dialog.getByRole('button', { name: 'From now on' }).click();
  await expect(dialog.getByRole('alert')).toHaveText('This can be changed from the start only.');
  await dialog.getByRole('button', { name: 'From the start' }).click();
  await expect(dialog).toHaveCount(0);
});

for (const name of ['light', 'dark'] as const) {
  test(`free play with five clients is accessible in ${name}`, async ({ page }) => {
    await open(page);
    await theme(page, name);
    await playFive(page, '9 s');
    expect(await violations(page)).toEqual([]);
    for (const tab of ['Retained', 'Broker']) {
      await page.getByRole('tab', { name: new RegExp(tab) }).click();
      expect(await violations(page), tab).toEqual([]);
    }
  });

  test(`dialogs are accessible in ${name}`, async ({ page }) => {
    await open(page);
    await theme(page, name);
    for (const what of ['Publish…', 'Subscribe…', 'Change…']) {
      await client(page, 'sensor', what);
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page), what).toEqual([]);
      await page.keyboard.press('Escape');
    }
    for (const what of ['Settings', 'Scenario']) {
      await page.getByRole('button', { name: what, exact: true }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page), what).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });
}

function lane(page: Page, name: string): ReturnType<Page['locator']> {
  return page.getByRole('group', { name, exact: true });
}

function logRow(page: Page, text: string): ReturnType<Page['locator']> {
  return page.getByRole('region', { name: 'Log' }).getByRole('row').filter({ hasText: text });
}

async function log(page: Page): Promise<string[]> {
  return page.getByRole('region', { name: 'Log' }).getByRole('row').allInnerTexts();
}

/** Lets time pass. */
async function go(page: Page, by: string): Promise<void> {
  await jump(page, by);
}

async function client(page: Page, name: string, what: string): Promise<void> {
  await page.getByRole('button', { name: `What ${name} can do` }).click();
  await page.getByRole('menuitem', { name: what, exact: true }).click();
}

async function cut(page: Page, name: string, noticedBy: string): Promise<void> {
  await page.getByRole('button', { name: `Cut the link of ${name}…` }).click();
  await page.getByRole('menuitem', { name: noticedBy }).click();
}

async function subscribe(page: Page, name: string, filter: string): Promise<void> {
  await client(page, name, 'Subscribe…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Topic Filter').fill(filter);
  await dialog.getByRole('button', { name: 'Subscribe', exact: true }).click();
  await expect(dialog).toHaveCount(0);
}

async function publish(page: Page, name: string, topic: string, payload: string): Promise<void> {
  await client(page, name, 'Publish…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Topic Name').fill(topic);
  await dialog.getByRole('textbox', { name: 'Payload' }).fill(payload);
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click();
  await expect(dialog).toHaveCount(0);
}
