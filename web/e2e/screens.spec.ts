import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import {
  LESSONS,
  TITLES,
  TABS,
  SCREENS,
  texts,
  PHONE,
  tabs,
  show,
  choose,
  busy,
  openLesson,
  within,
  small,
  overflow,
} from './phone';
import { expect, open, test, theme, violations } from './support';

test.use(PHONE);

for (const size of SCREENS) {
  const name = `${size.width}x${size.height}`;

  test(`nothing is wider than the screen at ${name}, and a finger meets all`, async ({ page }) => {
    await page.setViewportSize(size);
    await busy(page);
    for (const part of await tabs(page)) {
      await show(page, part);
      expect.soft(await overflow(page), part).toEqual([]);
      expect.soft(await small(page), part).toEqual([]);
    }
    await show(page, 'Log');
    await page
      .getByRole('row')
      .filter({ hasText: /PUB|PING/ })
      .first()
      .tap();
    await expect(page.getByRole('region', { name: 'The selected packet' })).toBeVisible();
    expect.soft(await small(page), 'a packet').toEqual([]);
    expect.soft(await overflow(page), 'a packet').toEqual([]);
    for (const inner of ['Retained', 'Broker']) {
      await show(page, 'Sessions');
      await page.getByRole('tab', { name: inner }).tap();
      expect.soft(await small(page), inner).toEqual([]);
      expect.soft(await overflow(page), inner).toEqual([]);
    }
    const more = page.getByRole('button', { name: 'More of the clock' });
    if (await more.isVisible()) {
      await more.tap();
      expect.soft(await small(page), 'the clock').toEqual([]);
      await more.tap();
    }
    await show(page, 'Stage');
    await page.getByRole('button', { name: 'As a list' }).tap();
    await expect(page.getByRole('list', { name: 'Clients and the broker' })).toBeVisible();
    expect.soft(await small(page), 'the list').toEqual([]);
    expect.soft(await overflow(page), 'the list').toEqual([]);
  });

  test(`dialogs and menus stay within the screen at ${name}`, async ({ page }) => {
    await page.setViewportSize(size);
    await busy(page);
    await show(page, 'Stage');
    for (const label of ['What display can do', 'What can be done to the broker']) {
      await page.getByRole('button', { name: label }).tap();
      await within(page, page.getByRole('menu'));
      expect.soft(await small(page), label).toEqual([]);
      await page.keyboard.press('Escape');
    }
    for (const what of ['Publish…', 'Subscribe…', 'Unsubscribe…', 'Change…']) {
      await choose(page, 'What display can do', what);
      await within(page, page.getByRole('dialog'));
      expect.soft(await small(page), what).toEqual([]);
      expect.soft(await overflow(page), what).toEqual([]);
      await page.keyboard.press('Escape');
    }
    for (const what of ['Settings', 'Scenario', 'Help']) {
      const menu = page.getByRole('button', { name: 'Menu', exact: true });
      if (await menu.isVisible()) await menu.tap();
      await page.getByRole('button', { name: what, exact: true }).tap();
      await within(page, page.getByRole('dialog'));
      expect.soft(await small(page), what).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });

  test(`a lesson has room at ${name}`, async ({ page }) => {
    await page.setViewportSize(size);
    await open(page);
    await openLesson(page, 15);
    await page.getByRole('button', { name: 'Start', exact: true }).tap();
    expect.soft(await small(page)).toEqual([]);
    expect.soft(await overflow(page)).toEqual([]);
  });
}

for (const name of ['light', 'dark'] as const) {
  test(`every tab is accessible in ${name}`, async ({ page }) => {
    await open(page);
    await theme(page, name);
    await openLesson(page, 1);
    await page.getByRole('button', { name: 'Start', exact: true }).tap();
    for (const part of TABS) {
      await show(page, part);
      expect(await violations(page), part).toEqual([]);
    }
    await page.getByRole('row').filter({ hasText: 'CONNACK' }).first().tap();
    await expect(page.getByRole('region', { name: 'The selected packet' })).toBeVisible();
    expect(await violations(page), 'a packet').toEqual([]);
    await page.getByRole('button', { name: 'More of the clock' }).tap();
    await page.getByRole('button', { name: 'Menu', exact: true }).tap();
    expect(await violations(page), 'the menu').toEqual([]);
    await page.keyboard.press('Escape');
    await show(page, 'Stage');
    await page.getByRole('button', { name: 'As a list' }).tap();
    await expect(page.getByRole('list', { name: 'Clients and the broker' })).toBeVisible();
    expect(await violations(page), 'the list').toEqual([]);
    await page.getByRole('button', { name: 'What S can do' }).tap();
    await expect(page.getByRole('menu')).toBeVisible();
    expect(await violations(page), 'a menu').toEqual([]);
  });
}

test('a keyboard on the screen leaves what is typed into in sight', async ({ page }) => {
  await busy(page);
  await show(page, 'Log');
  // Such a keyboard takes about so much away from the page.
  await page.setViewportSize({ width: 390, height: 400 });
  await within(page, page.getByRole('textbox', { name: 'Filter' }));
  await page.setViewportSize({ width: 390, height: 844 });
  await show(page, 'Stage');
  await choose(page, 'What display can do', 'Publish…');
  const payload = page.getByRole('dialog').getByRole('textbox', { name: 'Payload' });
  await page.setViewportSize({ width: 390, height: 400 });
  await payload.tap();
  await within(page, payload);
});

test('a lesson is printed without what stands around it', async ({ page }) => {
  await open(page);
  await openLesson(page, 1);
  await page.getByRole('button', { name: 'More of this lesson' }).tap();
  await expect(page.getByRole('menuitem', { name: 'Print this lesson' })).toBeVisible();
  await page.keyboard.press('Escape');
  await theme(page, 'dark');
  await page.emulateMedia({ media: 'print' });
  const sheet = page.locator('.sheet');
  await expect(sheet.getByRole('heading', { level: 1 })).toHaveText(TITLES[0] ?? '');
  const lesson = JSON.parse(
    readFileSync(resolve(LESSONS, '01-clean-or-persistent.json'), 'utf8'),
  ) as { steps: { text: string; only?: string }[]; claim: string; in_production: string };
  const steps = lesson.steps.filter(({ only }) => only === undefined || only === 'V5');
  for (const key of [lesson.claim, lesson.in_production, ...steps.map(({ text }) => text)])
    await expect(sheet).toContainText(texts[key] ?? key);
  await expect(sheet).toContainText('MQTT 5.0');
  await expect(page.getByRole('tablist')).toHaveCount(0);
  const colours = await page.evaluate(() =>
    [document.body, document.querySelector('.sheet')].map((it) =>
      it === null ? '' : getComputedStyle(it).backgroundColor,
    ),
  );
  expect(colours).toEqual(['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)']);
  const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type \/Page\b/g);
  expect(pages?.length).toBeGreaterThanOrEqual(1);
  expect(pages?.length).toBeLessThanOrEqual(3);
});

test('words that are longer in German have room too', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await page.goto('/?lang=de&lesson=12');
  await page.getByRole('button', { name: 'Beginnen', exact: true }).tap();
  for (const name of ['lessons', 'stage', 'sessions', 'log']) {
    await page.locator(`#tab-${name}`).tap();
    expect.soft(await overflow(page), name).toEqual([]);
    expect.soft(await small(page), name).toEqual([]);
  }
  await page.getByRole('button', { name: 'Menü', exact: true }).tap();
  expect.soft(await overflow(page), 'the menu').toEqual([]);
});

test('own code has room on a phone', async ({ page }) => {
  await open(page);
  await page.getByRole('tab', { name: 'Code', exact: true }).tap();
  await expect(page.getByRole('button', { name: 'Run' })).toBeVisible();
  expect.soft(await small(page)).toEqual([]);
  expect.soft(await overflow(page)).toEqual([]);
});

test('the statements can be read on a phone', async ({ page }) => {
  await page.goto('/statements.html');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect.soft(await overflow(page)).toEqual([]);
});
