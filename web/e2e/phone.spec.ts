import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Locator, type Page } from '@playwright/test';

import { expect, open, test, theme, violations } from './support';

const LESSONS = resolve(import.meta.dirname, '../lessons');
const texts = JSON.parse(readFileSync(resolve(LESSONS, 'texts/en.json'), 'utf8')) as Record<
  string,
  string
>;
/** The titles of all lessons, in order. */
const TITLES = readdirSync(LESSONS)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => texts[`lesson.${name.slice('01-'.length, -'.json'.length)}.title`] ?? name);

/** The least size of what a finger presses, in pixels. */
const TARGET = 44;
const TABS = ['Lesson', 'Stage', 'Sessions', 'Log'] as const;
const SCREENS = [
  { width: 390, height: 844 },
  { width: 360, height: 640 },
  { width: 844, height: 390 },
  { width: 820, height: 1180 },
] as const;

test.use({
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  contextOptions: { reducedMotion: 'reduce' },
});

for (const number of [1, 12, 15]) {
  test(`lesson ${number} is taken to its end by touch`, async ({ page }) => {
    await open(page);
    await openLesson(page, number);
    const title = TITLES[number - 1] ?? '';
    await expect(page.getByRole('heading', { level: 2, name: title })).toBeVisible();
    await takeToItsEnd(page);
    await expect(page.locator('[data-checkpoint="fails"]')).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'In production' })).toBeVisible();
  });
}

test('every lesson opens by touch', async ({ page }) => {
  await open(page);
  for (let number = 1; number <= TITLES.length; number += 1) {
    await openLesson(page, number);
    await expect(page.getByText(`Lesson ${number}`, { exact: true })).toBeVisible();
    expect.soft(await overflow(page), `lesson ${number}`).toEqual([]);
    await page.getByRole('button', { name: 'All lessons' }).tap();
  }
});

test('a lesson is followed on the stage', async ({ page }) => {
  await open(page);
  await openLesson(page, 1);
  await page.getByRole('button', { name: 'Start', exact: true }).tap();
  await expect(tab(page, 'Stage')).toContainText('something new');
  await page.getByRole('button', { name: 'See it on the stage' }).tap();
  await expect(tab(page, 'Stage')).toHaveAttribute('aria-selected', 'true');
  await expect(tab(page, 'Stage')).not.toContainText('something new');
  await page.getByRole('button', { name: 'Next step' }).tap();
  await expect(tab(page, 'Lesson')).toContainText('something new');
  await page.getByRole('button', { name: /^Step 2/ }).tap();
  await expect(page.locator('article > ol > li')).toHaveCount(2);
});

test('a client is added, connected, subscribes, publishes and is cut, all by touch', async ({
  page,
}) => {
  await open(page);
  await show(page, 'Stage');
  await choose(page, 'What can be done to the broker', 'Add a client…');
  await page.getByRole('dialog').getByLabel('Name on the stage').fill('pump');
  await page.getByRole('dialog').getByRole('button', { name: 'Add and connect' }).tap();
  await goOn(page);
  await expect(lane(page, 'pump').getByText('connected')).toBeVisible();

  await choose(page, 'What pump can do', 'Subscribe…');
  await page.getByRole('dialog').getByRole('button', { name: 'Subscribe', exact: true }).tap();
  await goOn(page);
  await choose(page, 'What pump can do', 'Publish…');
  await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).tap();
  await goOn(page);
  await choose(page, 'What pump can do', 'both sides');
  await goOn(page);
  await expect(lane(page, 'pump').getByText('offline')).toBeVisible();

  await show(page, 'Log');
  await expect(page.getByRole('row').filter({ hasText: 'link cut' })).toHaveCount(1);
  await expect(page.getByRole('row').filter({ hasText: 'home/temperature' })).not.toHaveCount(0);
});

for (const [action, word] of [
  ['Drop', 'dropped'],
  ['Hold', 'held'],
] as const) {
  test(`a packet on its way is caught by touch: ${action}`, async ({ page }) => {
    await open(page);
    await show(page, 'Stage');
    await choose(page, 'What sensor can do', 'Connect');
    await page.getByRole('button', { name: /^CONNECT .*sensor to broker/ }).tap();
    await page.getByRole('menuitem', { name: action, exact: true }).tap();
    await goOn(page);
    const stage = page.getByRole('region', { name: 'Stage' });
    await expect(stage.getByText(word, { exact: true }).first()).toBeVisible();
  });

  test(`a packet on its way is caught in the list: ${action}`, async ({ page }) => {
    await open(page);
    await show(page, 'Stage');
    await page.getByRole('button', { name: 'As a list' }).tap();
    await choose(page, 'What sensor can do', 'Connect');
    await page.getByRole('button', { name: /^sensor to broker: CONNECT/ }).tap();
    await page.getByRole('menuitem', { name: action, exact: true }).tap();
    await goOn(page);
    await expect(page.getByRole('button', { name: new RegExp(word) })).toBeVisible();
  });
}

test('what is chosen on the stage is shown where it stands', async ({ page }) => {
  await busy(page);
  await page
    .getByRole('button', { name: /^(PUBLISH|PUB|PING)/ })
    .first()
    .tap();
  await page.getByRole('menuitem', { name: 'Show in the log' }).tap();
  await expect(page.getByRole('region', { name: 'The selected packet' })).toBeVisible();
  await show(page, 'Stage');
  await choose(page, 'What display can do', 'Look at its session');
  await expect(tab(page, 'Sessions')).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('heading', { name: 'display' })).toBeVisible();
});

test('a tab keeps its state while another is shown', async ({ page }) => {
  await busy(page);
  await show(page, 'Log');
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('is:packet');
  await show(page, 'Sessions');
  await page.getByRole('tab', { name: 'Broker' }).tap();
  await show(page, 'Lesson');
  const list = page.getByRole('tabpanel', { name: 'Lesson' }).locator('.body');
  await list.evaluate((it) => (it.scrollTop = 200));
  await show(page, 'Log');
  await expect(filter).toHaveValue('is:packet');
  await show(page, 'Sessions');
  await expect(page.getByRole('tab', { name: 'Broker' })).toHaveAttribute('aria-selected', 'true');
  await show(page, 'Lesson');
  expect(await list.evaluate((it) => it.scrollTop)).toBe(200);
});

test('tips are told to who touches', async ({ page }) => {
  await busy(page);
  await show(page, 'Sessions');
  await page.getByText('connected since', { exact: true }).tap();
  const tip = page.getByRole('dialog', { name: 'What it means' });
  await expect(tip).not.toBeEmpty();
  await page.keyboard.press('Escape');
  await expect(tip).toHaveCount(0);

  // A finger that rests on a button asks, and does not press.
  const box = await page.getByRole('button', { name: /next packet has arrived/ }).boundingBox();
  const before = await page.getByRole('timer', { name: 'Time since the start' }).textContent();
  const session = await page.context().newCDPSession(page);
  const at = { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 20 };
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await page.waitForTimeout(700);
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(tip).toContainText('Go on until the next packet has arrived');
  expect(await page.getByRole('timer', { name: 'Time since the start' }).textContent()).toBe(
    before,
  );
});

test('the clock is within reach, the rest of it in a sheet', async ({ page }) => {
  await busy(page);
  await expect(page.getByRole('slider', { name: 'Timeline' })).toHaveCount(0);
  await page.getByRole('button', { name: 'More of the clock' }).tap();
  await page.getByLabel('Jump to').fill('3 s');
  await page.getByRole('button', { name: 'Go', exact: true }).tap();
  await expect(page.getByRole('timer', { name: 'Time since the start' })).toHaveText('00:03.000');
  const slider = await page.getByRole('slider', { name: 'Timeline' }).boundingBox();
  await page.touchscreen.tap((slider?.x ?? 0) + 1, (slider?.y ?? 0) + 20);
  await expect(page.getByRole('timer', { name: 'Time since the start' })).toHaveText('00:00.000');
  await page.getByLabel('Speed').selectOption('10');
});

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
  await page.getByRole('button', { name: 'Los', exact: true }).tap();
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

function tab(page: Page, name: string): Locator {
  return page.getByRole('tablist', { name: 'Parts of the page' }).getByRole('tab', { name });
}

/** The parts that have tabs on this screen. */
async function tabs(page: Page): Promise<string[]> {
  const names: string[] = [];
  for (const name of TABS) if ((await tab(page, name).count()) > 0) names.push(name);
  return names;
}

/** Shows a part that may be seen already, beside others. */
async function show(page: Page, name: string): Promise<void> {
  const it = tab(page, name);
  if ((await it.count()) > 0) await it.tap();
}

function lane(page: Page, name: string): Locator {
  return page.getByRole('group', { name, exact: true });
}

/** Opens the menu of a button and chooses from it. */
async function choose(page: Page, button: string, what: string): Promise<void> {
  await page.getByRole('button', { name: button }).tap();
  await page.getByRole('menuitem', { name: what, exact: true }).tap();
}

/** Lets ten seconds pass. */
async function goOn(page: Page): Promise<void> {
  const more = page.getByRole('button', { name: 'More of the clock' });
  if ((await more.getAttribute('aria-expanded')) === 'false') await more.tap();
  await page.getByRole('button', { name: '+10 s' }).tap();
  await more.tap();
}

/** Opens the scenario of five clients, some seconds on, and shows the stage. */
async function busy(page: Page): Promise<void> {
  await open(page);
  const menu = page.getByRole('button', { name: 'Menu', exact: true });
  if (await menu.isVisible()) await menu.tap();
  await page.getByRole('button', { name: 'Scenario', exact: true }).tap();
  await page.getByRole('button', { name: 'New: five clients at work' }).tap();
  await page.getByRole('button', { name: 'Pause' }).tap();
  await show(page, 'Stage');
  const more = page.getByRole('button', { name: 'More of the clock' });
  if (await more.isVisible()) await more.tap();
  await page.getByRole('button', { name: '+10 s' }).tap();
  if (await more.isVisible()) await more.tap();
}

async function openLesson(page: Page, number: number): Promise<void> {
  await show(page, 'Lesson');
  const title = page.getByText(TITLES[number - 1] ?? '', { exact: true });
  const map = page.getByRole('navigation', { name: 'Map of the lessons' });
  await map.getByRole('button').filter({ has: title }).tap();
}

/** Answers the question with its first option and takes every step. */
async function takeToItsEnd(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).tap();
  const next = page.getByRole('button', { name: 'Next step' });
  while (await next.isVisible()) {
    if (await next.isDisabled()) await page.getByRole('radio').first().tap();
    await next.tap();
  }
}

/** That all of something is seen. */
async function within(page: Page, element: Locator): Promise<void> {
  await expect(element).toBeVisible();
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const box = await element.boundingBox();
  expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
  expect(box?.y ?? -1).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(size.width + 0.5);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height + 0.5);
}

/** What can be pressed and is smaller than a fingertip, a line each. */
async function small(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const all = document.querySelectorAll<HTMLElement>(
      'button, a[href], input, select, textarea, summary, [role="tab"], [role="slider"], [role="row"][tabindex]',
    );
    const top = [...document.querySelectorAll('dialog[open], [popover]:popover-open')].at(-1);
    return [...all].flatMap((element) => {
      if (top !== undefined && !top.contains(element)) return [];
      if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
        return [];
      // A link in a sentence is as high as the sentence.
      if (element.closest('.visually-hidden, p a') !== null) return [];
      const boxes = [element.getBoundingClientRect()];
      // Who presses the label of a box ticks it.
      if (element instanceof HTMLInputElement && ['checkbox', 'radio'].includes(element.type))
        for (const label of element.labels ?? []) boxes.push(label.getBoundingClientRect());
      const width = Math.max(...boxes.map((it) => it.width));
      const height = Math.max(...boxes.map((it) => it.height));
      if (width >= least - 0.5 && height >= least - 0.5) return [];
      const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
      return [`${element.tagName} ${name.slice(0, 40)}: ${width.toFixed()} x ${height.toFixed()}`];
    });
  }, TARGET);
}

/** What makes the page wider than the screen, or is cut off where nothing scrolls. */
async function overflow(page: Page): Promise<string[]> {
  const width = page.viewportSize()?.width ?? 0;
  return page.evaluate((width) => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > width) found.push(`the page: ${root.scrollWidth} px`);
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      if (element.closest('.visually-hidden, svg') !== null) continue;
      const style = getComputedStyle(element);
      const isClipped = style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis';
      const isText = [...element.childNodes].some(
        (it) => it.nodeType === Node.TEXT_NODE && it.textContent?.trim() !== '',
      );
      if (isClipped && isText && element.scrollWidth > element.clientWidth + 1)
        found.push(`${element.className}: ${element.textContent?.trim().slice(0, 40)}`);
      const { right } = element.getBoundingClientRect();
      let scroller: HTMLElement | null = element;
      while (scroller !== null && !/auto|scroll|hidden/.test(getComputedStyle(scroller).overflowX))
        scroller = scroller.parentElement;
      if (scroller === null && right > width + 1)
        found.push(`${element.tagName} ${element.className}: to ${right.toFixed()}`);
    }
    return found;
  }, width);
}
