import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { expect, open, test } from './support';

test('a scenario goes out as a file and comes in again', async ({ page }) => {
  await open(page);
  await begin(page, 'New: five clients at work');
  await menu(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as a file' }).click(),
  ]);
  const file = await download.path();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 1 });
  await begin(page, 'New: two clients, nothing done yet');
  await choose(page, { name: 'again.json', buffer: readFileSync(file) });
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

for (const [what, text, words] of [
  ['no JSON', 'not a scenario', 'is no scenario that can be played'],
  ['of another version', '{"version":99}', 'version'],
  ['with a field that is none', '{"version":1,"settings":{"seed":1,"evil":true}}', 'evil'],
  ['with a client of no name', '{"version":1,"settings":{"clients":[{"name":""}]}}', 'name'],
  ['with commands out of order', order(), 'comes before'],
] as const) {
  test(`a scenario file ${what} is refused in words, and nothing is lost`, async ({ page }) => {
    await open(page);
    await choose(page, { name: 'hostile.json', buffer: Buffer.from(text) });
    const alert = page.getByRole('dialog').getByRole('alert');
    await expect(alert).toContainText('hostile.json');
    await expect(alert).toContainText(words);
    await page.getByRole('button', { name: 'Close' }).click();
    await expect(page.getByRole('button', { name: 'Begin with lesson 1' })).toBeVisible();
  });
}

test('a scenario file that is too large is not even read', async ({ page }) => {
  await open(page);
  await choose(page, { name: 'large.json', buffer: Buffer.alloc((1 << 20) + 1, ' ') });
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('at most 1 MiB');
});

test('a link leads another visitor to the same moment', async ({ page, context }) => {
  await open(page);
  await begin(page, 'New: five clients at work');
  await page.keyboard.press('Space');
  await menu(page);
  await page.getByRole('button', { name: 'Copy a link to this moment' }).click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
  const again = await other.evaluate(() => location.hash);
  expect(new URL(link).hash).toBe(again);
});

test('a link from a page that was opened for a lesson leads to the moment all the same', async ({
  page,
  context,
}) => {
  await page.goto('/?lesson=7');
  await expect(page.getByRole('heading', { name: 'How long a session lives' })).toBeVisible();
  await begin(page, 'New: five clients at work');
  await menu(page);
  await page.getByRole('button', { name: 'Copy a link to this moment' }).click();
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  expect(new URL(link).search).toBe('');
  const other = await context.newPage();
  await other.goto(link.replace('#', '?lesson=7#'));
  await expect(other.getByText('pump').first()).toBeVisible();
  await expect(other.getByRole('heading', { name: 'How long a session lives' })).toHaveCount(0);
});

test('a broken link is refused in words', async ({ page }) => {
  await page.goto('/#play=1.broken!');
  await expect(
    page.locator('.notices').getByText('The link carries no scenario that can be read'),
  ).toBeVisible();
  await page.goto('/#play=9.AAAA');
  await expect(page.locator('.notices').getByText('The link is of version 9')).toBeVisible();
});

async function menu(page: Page): Promise<void> {
  if ((await page.getByRole('dialog').count()) === 0) {
    await page.getByRole('button', { name: 'Scenario', exact: true }).click();
  }
}

async function begin(page: Page, name: string): Promise<void> {
  await menu(page);
  await page.getByRole('button', { name }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

async function choose(page: Page, file: { name: string; buffer: Buffer }): Promise<void> {
  await menu(page);
  await page.getByLabel('Scenario file').setInputFiles({ ...file, mimeType: 'application/json' });
}

function order(): string {
  const at = (ms: number): object => ({ at: ms, do: { command: 'connect', client: 'a' } });
  return JSON.stringify({
    version: 1,
    settings: { clients: [{ name: 'a' }] },
    commands: [at(5), at(4)],
  });
}
