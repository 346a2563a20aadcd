import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Page } from '@playwright/test';

import { expect, open, test } from './support';

interface LessonData {
  id: string;
  number: number;
  title: string;
  variants: { protocol: string }[];
  steps: { text: string; only?: string; checkpoints: { only?: string }[] }[];
}

const DIRECTORY = resolve(import.meta.dirname, '../lessons');
const texts = read<Record<string, string>>('texts/en.json');
const lessons = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.json'))
  .map((name) => read<LessonData>(name));

const PROTOCOLS: Record<string, string> = {
  V5: 'MQTT 5.0',
  V3_1_1: 'MQTT 3.1.1',
  V3_1: 'MQTT 3.1',
};

// What is checked is where a lesson comes to; how its steps move is a matter of taste.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

for (const lesson of lessons) {
  for (const { protocol } of lesson.variants) {
    test(`lesson ${lesson.number}, ${lesson.id}, comes to its end in ${protocol}`, async ({
      page,
    }) => {
      await open(page);
      const title = page.getByText(texts[lesson.title] ?? '', { exact: true });
      await page
        .getByRole('region', { name: 'Lessons' })
        .getByRole('button')
        .filter({ has: title })
        .click();
      if (lesson.variants.length > 1) {
        await page.getByRole('button', { name: PROTOCOLS[protocol] ?? '', exact: true }).click();
      }
      await takeToItsEnd(page);

      const steps = lesson.steps.filter(
        (step) => step.only === undefined || step.only === protocol,
      );
      const checkpoints = steps
        .flatMap((step) => step.checkpoints)
        .filter((it) => it.only === undefined || it.only === protocol);
      await expect(page.locator('[data-checkpoint="fails"]')).toHaveCount(0);
      await expect(page.locator('[data-checkpoint="holds"]')).toHaveCount(checkpoints.length);
      await expect(page.getByText('✓ what happened')).toHaveCount(1);
      await expect(page.getByRole('heading', { name: 'In production' })).toBeVisible();
    });
  }
}

test('a lesson that was taken to its end stays marked in the list', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Begin with lesson 1' }).click();
  await takeToItsEnd(page);
  await page.reload();
  await expect(page.getByText(`1 of ${lessons.length} done`)).toBeVisible();
});

test('a step can be taken back and again', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: 'Begin with lesson 1' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('button', { name: 'Next step' }).click();
  const steps = page.locator('article > ol > li');
  await expect(steps).toHaveCount(2);
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await expect(steps).toHaveCount(1);
  await page.getByRole('button', { name: 'Next step' }).click();
  await expect(steps).toHaveCount(2);
  await expect(page.locator('[data-checkpoint="fails"]')).toHaveCount(0);
});

test('lesson 1 can be taken with the keyboard alone', async ({ page }) => {
  await open(page);
  await press(page, 'Begin with lesson 1');
  await press(page, 'Start');
  for (let step = 0; step < 20; step += 1) {
    if (await page.getByRole('heading', { name: 'In production' }).isVisible()) return;
    const options = page.getByRole('radio', { disabled: false });
    if (
      (await options.count()) > 0 &&
      (await page.getByRole('radio', { checked: true }).count()) === 0
    ) {
      await tabTo(page, options.first());
      await page.keyboard.press('ArrowDown');
    }
    await press(page, 'Next step');
  }
  throw new Error('the lesson has no end');
});

/** Answers the question with its first option and takes every step. */
async function takeToItsEnd(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const next = page.getByRole('button', { name: 'Next step' });
  while (await next.isVisible()) {
    if (await next.isDisabled()) await page.getByRole('radio').first().check();
    await next.click();
  }
}

/** Comes to a button by Tab and presses it by Enter. */
async function press(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await expect(button).toBeVisible();
  await tabTo(page, button);
  await page.keyboard.press('Enter');
}

async function tabTo(page: Page, element: ReturnType<Page['locator']>): Promise<void> {
  for (let tabs = 0; tabs < 200; tabs += 1) {
    if (await element.evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('it cannot be reached by Tab');
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(DIRECTORY, name), 'utf8')) as T;
}
