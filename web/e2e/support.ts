import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, type Page, test as base } from '@playwright/test';

const AXE = resolve(import.meta.dirname, '../node_modules/axe-core/axe.min.js');

/** What the browser says where tests forbid a page its worker. */
const BLOCKED = 'Service Worker registration blocked by Playwright';

/** A test that also fails if the page has said anything on its console. */
export const test = base.extend<{ quiet: void }>({
  quiet: [
    async ({ page }, use) => {
      const said: string[] = [];
      page.on('console', (message) => {
        const isLoud = message.type() === 'error' || message.type() === 'warning';
        if (isLoud && message.text() !== BLOCKED) said.push(message.text());
      });
      page.on('pageerror', (error) => said.push(error.message));
      await use();
      expect(said, 'what the page said on its console').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens the page and waits until the engine runs. */
export async function open(page: Page): Promise<void> {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** Leads the scenario to a moment, such as `9 s`. */
export async function jump(page: Page, to: string): Promise<void> {
  await page.getByLabel('Jump to').fill(to);
  await page.getByRole('button', { name: 'Go', exact: true }).click();
}

/** Begins the scenario of five clients, and leads it to a moment. */
export async function playFive(page: Page, to: string): Promise<void> {
  await page.getByRole('button', { name: 'Scenario', exact: true }).click();
  await page.getByRole('button', { name: 'New: five clients at work' }).click();
  await page.keyboard.press('Space');
  await jump(page, to);
}

/** What axe finds wrong with the page as it stands, a line each. */
export async function violations(page: Page): Promise<string[]> {
  // As an expression, since the page's policy lets no foreign script in.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found: unknown = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then((result) =>
      result.violations.flatMap((it) => it.nodes.map((node) => it.id + ': ' + node.target.join(' ') + ': ' + node.failureSummary)))`,
  );
  return found as string[];
}

/** Chooses light or dark, whatever the system says. */
export async function theme(page: Page, name: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: name });
  await expect(page.locator('html')).toHaveAttribute('data-theme', name);
}
