import type { Page } from '@playwright/test';

import { german as table } from '../src/strings/de';
import { expect, test, theme, violations } from './support';
import { english } from './tables';

const german: Record<string, string> = table;

/** Whole texts of the English table that differ in German, as patterns with their gaps. */
function englishOnly(): RegExp[] {
  const spoken = new Set(Object.values(german));
  return Object.entries(english)
    .filter(([key, text]) => german[key] !== text && !spoken.has(text))
    .map(([, text]) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+'))
    .filter((pattern) => /[a-z]{3}/i.test(pattern.replace('.+', '')))
    .map((pattern) => new RegExp(`^${pattern}$`, 'u'));
}

/** All that can be read or is read out, but for what is said to be English. */
function said(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts = new Set<string>();
    const isEnglish = (node: Element): boolean =>
      node.closest('[lang]')?.getAttribute('lang') === 'en';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const { parentElement, textContent } = node;
      if (parentElement === null || isEnglish(parentElement)) continue;
      // What was announced before was announced in the language of then.
      if (parentElement.closest('.visually-hidden[role="status"]') !== null) continue;
      if (!['SCRIPT', 'STYLE'].includes(parentElement.tagName))
        texts.add(textContent?.trim() ?? '');
    }
    for (const element of document.querySelectorAll('[title], [aria-label], [placeholder]')) {
      if (isEnglish(element)) continue;
      for (const name of ['title', 'aria-label', 'placeholder']) {
        texts.add(element.getAttribute(name)?.trim() ?? '');
      }
    }
    return [...texts].filter((text) => text !== '');
  });
}

async function expectGerman(page: Page): Promise<void> {
  const patterns = englishOnly();
  const found = (await said(page)).filter((text) => patterns.some((it) => it.test(text)));
  expect(found).toEqual([]);
}

async function openGerman(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
}

test('a switch changes all words, keeps the World, and is kept itself', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Connect all clients' }).click();
  await page.getByRole('button', { name: '+10 s' }).click();
  await expect(page.getByText('session begins: sensor', { exact: true })).toBeVisible();
  await expect(page.locator('body')).toContainText('00:00:00.300');
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(page.getByText('Session beginnt: sensor', { exact: true })).toBeVisible();
  await expect(page.locator('body')).toContainText('00:00:00,300');
  await expect(page.locator('body')).not.toContainText('00:00:00.300');
  await expect(page.getByRole('grid').getByText('Session begonnen').first()).toBeVisible();
  await expectGerman(page);

  await page.reload();
  await expect(page.getByRole('heading', { name: 'Lektionen' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Sprache' }).selectOption('en');
  await expect(page.getByRole('heading', { name: 'Lessons' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Lessons' })).toBeVisible();
});

test('the address can ask for German, which is not kept', async ({ page }) => {
  await page.goto('/?lang=de');
  await expect(page.getByRole('heading', { name: 'Lektionen' })).toBeVisible();
  await page.goto('/statements.html?lang=de');
  await expect(page.getByRole('heading', { name: 'Regeln des Standards' })).toBeVisible();
  await expectGerman(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Lessons' })).toBeVisible();
});

test('the texts of a lesson that is open change with the language', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Session present', exact: false }).first().click();
  await expect(page.getByText('One bit in CONNACK tells the client')).toBeVisible();
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(page.getByText('Ein Bit in CONNACK sagt dem Client')).toBeVisible();
});

test.describe('with a German browser', () => {
  test.use({ locale: 'de-DE' });

  test('the page speaks German from the start', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Lektionen' })).toBeVisible();
    await expect(page).toHaveTitle('Afterlink: MQTT zum Ausprobieren');
  });
});

test('lesson 1 can be taken to its end in German', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openGerman(page);
  await page.getByRole('button', { name: 'Mit Lektion 1 beginnen' }).click();
  await page.getByRole('button', { name: 'Beginnen', exact: true }).click();
  const next = page.getByRole('button', { name: 'Nächster Schritt' });
  for (;;) {
    await expectGerman(page);
    if ((await next.count()) === 0) break;
    if (await next.isDisabled()) await page.getByRole('radio').last().check();
    await next.click();
  }
  await expect(page.getByText('In der Praxis')).toBeVisible();
  await expect(page.getByText('So haben Sie es gesagt, und so war es.')).toBeVisible();
});

test('dialogs, menus and tabs are in German', async ({ page }) => {
  await openGerman(page);
  await page.getByRole('button', { name: 'Alle Clients verbinden' }).click();
  await page.getByRole('button', { name: '+10 s' }).click();
  for (const name of ['Einstellungen', 'Szenario', 'Hilfe']) {
    await page.getByRole('button', { name, exact: true }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectGerman(page);
    await page.keyboard.press('Escape');
  }
  for (const name of ['Retained', 'Broker', 'Sessions']) {
    await page.getByRole('tab', { name }).click();
    await expectGerman(page);
  }
  await page.getByRole('button', { name: 'Was sensor tun kann' }).click();
  await expectGerman(page);
  for (const name of ['Veröffentlichen …', 'Abonnieren …', 'Ändern …', 'Trennen mit …']) {
    if (!(await page.getByRole('menu').isVisible())) {
      await page.getByRole('button', { name: 'Was sensor tun kann' }).click();
    }
    await page.getByRole('menuitem', { name }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectGerman(page);
    await page.keyboard.press('Escape');
  }
});

for (const [width, height] of [
  [1440, 900],
  [1280, 720],
  [390, 844],
] as const) {
  test(`German words fit at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto('/?lang=de');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await cut(page)).toEqual([]);
  });
}

/** Buttons, headings and tabs whose words do not fit, and whether the page is too wide. */
function cut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page: ${scrollWidth} of ${clientWidth}`);
    for (const element of document.querySelectorAll<HTMLElement>(
      'button, h1, h2, h3, [role="tab"]',
    )) {
      const { width, right, left } = element.getBoundingClientRect();
      if (width === 0 || element.closest('[hidden]') !== null) continue;
      if (element.scrollWidth > Math.ceil(width) + 1) found.push(element.innerText);
      const isScrolled = element.closest('.scroll, [role="grid"]') !== null;
      if (!isScrolled && (right > clientWidth + 1 || left < -1))
        found.push(`outside: ${element.innerText}`);
    }
    return found;
  });
}

for (const name of ['light', 'dark'] as const) {
  test(`the German page is accessible in ${name}`, async ({ page }) => {
    await openGerman(page);
    await theme(page, name);
    await page.getByRole('button', { name: 'Alle Clients verbinden' }).click();
    await page.getByRole('button', { name: '+10 s' }).click();
    expect(await violations(page)).toEqual([]);
  });
}
