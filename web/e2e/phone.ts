import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Locator, type Page } from '@playwright/test';

import { expect, open } from './support';

export const LESSONS = resolve(import.meta.dirname, '../lessons');
export const texts = JSON.parse(readFileSync(resolve(LESSONS, 'texts/en.json'), 'utf8')) as Record<
  string,
  string
>;
/** The titles of all lessons, in order. */
export const TITLES = readdirSync(LESSONS)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => texts[`lesson.${name.slice('01-'.length, -'.json'.length)}.title`] ?? name);

/** The least size of what a finger presses, in pixels. */
export const TARGET = 44;
export const TABS = ['Lesson', 'Stage', 'Sessions', 'Log'] as const;
export const SCREENS = [
  { width: 390, height: 844 },
  { width: 360, height: 640 },
  { width: 844, height: 390 },
  { width: 820, height: 1180 },
] as const;

/** A phone that is held upright, of somebody who wants no motion. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  contextOptions: { reducedMotion: 'reduce' as const },
};

function bar(page: Page): Locator {
  return page.getByRole('tablist', { name: 'Parts of the page' });
}

export function tab(page: Page, name: string): Locator {
  return bar(page).getByRole('tab', { name });
}

/** The parts that have tabs on this screen. */
export async function tabs(page: Page): Promise<string[]> {
  const names: string[] = [];
  await bar(page).waitFor();
  for (const name of TABS) if ((await tab(page, name).count()) > 0) names.push(name);
  return names;
}

/** Shows a part that may be seen already, beside others. */
export async function show(page: Page, name: string): Promise<void> {
  const it = tab(page, name);
  await bar(page).waitFor();
  if ((await it.count()) > 0) await it.tap();
}

export function lane(page: Page, name: string): Locator {
  return page.getByRole('group', { name, exact: true });
}

/** Opens the menu of a button and chooses from it. */
export async function choose(page: Page, button: string, what: string): Promise<void> {
  await page.getByRole('button', { name: button }).tap();
  await page.getByRole('menuitem', { name: what, exact: true }).tap();
}

/** Lets ten seconds pass. */
export async function goOn(page: Page): Promise<void> {
  const more = page.getByRole('button', { name: 'More of the clock' });
  if ((await more.getAttribute('aria-expanded')) === 'false') await more.tap();
  await page.getByRole('button', { name: '+10 s' }).tap();
  await more.tap();
}

/** Opens the scenario of five clients, some seconds on, and shows the stage. */
export async function busy(page: Page): Promise<void> {
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

export async function openLesson(page: Page, number: number): Promise<void> {
  await show(page, 'Lesson');
  const title = page.getByText(TITLES[number - 1] ?? '', { exact: true });
  const map = page.getByRole('navigation', { name: 'Map of the lessons' });
  await map.getByRole('button').filter({ has: title }).tap();
}

/** Answers the question with its first option and takes every step. */
export async function takeToItsEnd(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).tap();
  const next = page.getByRole('button', { name: 'Next step' });
  while (await next.isVisible()) {
    if (await next.isDisabled()) await page.getByRole('radio').first().tap();
    await next.tap();
  }
}

/** That all of something is seen. */
export async function within(page: Page, element: Locator): Promise<void> {
  await expect(element).toBeVisible();
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const box = await element.boundingBox();
  expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
  expect(box?.y ?? -1).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(size.width + 0.5);
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(size.height + 0.5);
}

/** What can be pressed and is smaller than a fingertip, a line each. */
export async function small(page: Page): Promise<string[]> {
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
export async function overflow(page: Page): Promise<string[]> {
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
