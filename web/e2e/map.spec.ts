import type { Locator, Page } from '@playwright/test';

import { expect, open, test, theme, violations } from './support';

test.use({ contextOptions: { reducedMotion: 'reduce' } });

const KEY = 'afterlink.lessons';

test.describe('the map of the lessons', () => {
  test('has every lesson as a button in a list of lists', async ({ page }) => {
    await open(page);
    await expect(map(page).getByRole('button')).toHaveCount(19);
    await expect(map(page).getByRole('list')).toHaveCount(5);
    await expect(map(page).getByRole('heading')).toHaveText([
      /^The agreement/,
      /^Delivery/,
      /^Time and limits/,
      /^What is kept where/,
    ]);
    await expect(lesson(page, 'Clean or persistent')).toHaveAccessibleName(/next$/);
  });

  test('shows after a reload what was begun, what is done and what was foreseen', async ({
    page,
  }) => {
    await open(page);
    await lesson(page, 'How long a session lives').click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.reload();
    await expect(lesson(page, 'How long a session lives')).toHaveAccessibleName(/begun, 1 of 9/);
    await page.getByRole('button', { name: 'Go on with: How long a session lives' }).click();
    await takeToItsEnd(page, 'Not at all: it ends with the connection.');
    await page.reload();
    await expect(page.getByText('1 of 19 done, 1 of 1 outcomes foreseen')).toBeVisible();
    await expect(lesson(page, 'How long a session lives')).toHaveAccessibleName(
      /done; you said what would happen$/,
    );
    await lesson(page, 'Clean or persistent').click();
    await takeToItsEnd(page, 'Nothing: it was away.');
    await page.reload();
    await expect(lesson(page, 'Clean or persistent')).toHaveAccessibleName(
      /done; it came otherwise than you said$/,
    );
    await expect(lesson(page, 'Session present')).toHaveAccessibleName(/next$/);
  });

  test('starts over only after a question', async ({ page }) => {
    await keep(page, JSON.stringify(['clean-or-persistent', 'session-present']));
    await open(page);
    await expect(page.getByText('2 of 19 done')).toBeVisible();
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await expect(page.getByText('2 of 19 done')).toBeVisible();
    await page.getByRole('button', { name: 'Start over' }).click();
    await page.getByRole('button', { name: 'Forget it' }).click();
    await expect(page.getByRole('button', { name: 'Begin with lesson 1' })).toBeVisible();
    expect(await page.evaluate((key) => localStorage.getItem(key), KEY)).toBeNull();
  });

  test('is walked with the keyboard alone', async ({ page }) => {
    await open(page);
    await page.getByRole('button', { name: 'Begin with lesson 1' }).focus();
    const seen: string[] = [];
    for (let place = 0; place < 19; place += 1) {
      await page.keyboard.press('Tab');
      seen.push(await page.evaluate(() => document.activeElement?.textContent?.trim() ?? ''));
    }
    const order = seen.map((text) => Number(/^\d+/.exec(text)?.[0]));
    expect(order).toEqual([1, 2, 6, 7, 8, 9, 3, 4, 5, 14, 15, 10, 11, 12, 16, 17, 18, 13, 19]);
    await page.keyboard.press('Enter');
    await expect(
      page.getByRole('heading', { name: 'What is not session state', exact: true }),
    ).toBeVisible();
  });

  test('opens whatever stands in the store, and without one', async ({ page }) => {
    await keep(page, `{"version":1,"lessons":{"clean-or-persistent":{"done":"<b>yes</b>"}}}`);
    await open(page);
    await expect(page.getByRole('button', { name: 'Begin with lesson 1' })).toBeVisible();
    await page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    });
    await page.reload();
    await lesson(page, 'Clean or persistent').click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: 'All lessons' }).click();
    await expect(page.getByText('This browser keeps nothing for the page')).toBeVisible();
    await expect(lesson(page, 'Clean or persistent')).toHaveAccessibleName(/begun/);
  });
});

test.describe('the address of the page', () => {
  test('opens a lesson, in a variant', async ({ page }) => {
    await page.goto('/?lesson=7&protocol=3.1.1');
    await expect(page.getByRole('heading', { name: 'How long a session lives' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'MQTT 3.1.1' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
  });

  test('is refused in words if there is no such lesson', async ({ page }) => {
    await page.goto('/?lesson=99');
    await expect(
      page.locator('.notices').getByText('There is no lesson “99”. The lessons are 1 to 19.'),
    ).toBeVisible();
  });
});

test.describe('the glossary', () => {
  test('is searched, and leads to a lesson', async ({ page }) => {
    await open(page);
    await page.getByRole('link', { name: 'Glossary' }).click();
    const search = glossary(page).getByRole('searchbox');
    await expect(search).toBeFocused();
    await search.fill('persistent_client_expiration');
    await expect(glossary(page).getByRole('status')).toHaveText(/^1 of \d\d terms$/);
    await expect(glossary(page).getByRole('heading', { level: 3 })).toHaveText(
      'Session Expiry Interval',
    );
    await glossary(page).getByRole('button', { name: 'Lesson 9' }).click();
    await expect(glossary(page)).toHaveCount(0);
    await expect(
      page.getByRole('heading', { name: 'A last word about the session' }),
    ).toBeVisible();
    expect(new URL(page.url()).hash).toBe('');
  });

  test('opens at the term of an address, and leads on to others', async ({ page }) => {
    await page.goto('/#term=will-delay-interval');
    const entry = (name: string): Locator =>
      glossary(page)
        .getByRole('listitem')
        .filter({ has: page.getByRole('heading', { name, exact: true }) });
    await expect(entry('Will Delay Interval')).toBeInViewport();
    await entry('Will Delay Interval').getByRole('link', { name: 'Will Message' }).click();
    await expect(entry('Will Message').getByRole('heading').getByRole('link')).toBeFocused();
    await expect(page).toHaveURL(/#term=will-message$/);
    await page.keyboard.press('Escape');
    await expect(glossary(page)).toHaveCount(0);
    await page.goto('/#term=no-such-term');
    await expect(
      glossary(page).getByText('The address names a term that is not here'),
    ).toBeVisible();
  });

  test('has statements that are in their table', async ({ page, context }) => {
    await page.goto('/#term=session-expiry-interval');
    const opened = context.waitForEvent('page');
    await glossary(page).getByRole('link', { name: 'MQTT-3.1.2-23' }).last().click();
    const table = await opened;
    await expect(table.locator('[id="MQTT-3.1.2-23"]')).toBeInViewport();
  });

  test('is reached from the inspector and a lesson, which go on where they were', async ({
    page,
  }) => {
    await open(page);
    await lesson(page, 'Session present').click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const inspector = page.getByRole('region', { name: 'Inspector' });
    await inspector.getByRole('button', { name: 'display' }).click();
    await inspector.getByRole('link', { name: 'expiry interval' }).click();
    await expect(page).toHaveURL(/#term=session-expiry-interval$/);
    await glossary(page).getByRole('button', { name: 'Close' }).click();
    await expect(page.getByText('step 2 of')).toBeVisible();
    expect(new URL(page.url()).hash).toBe('');
  });
});

for (const name of ['light', 'dark'] as const) {
  test(`map and glossary are accessible in ${name}`, async ({ page }) => {
    const mark = (done: boolean, foreseen: boolean): object => ({
      done,
      steps: 2,
      of: 8,
      foreseen,
    });
    const lessons = {
      'clean-or-persistent': mark(true, true),
      'session-present': mark(true, false),
      'session-expiry': mark(false, true),
    };
    await keep(page, JSON.stringify({ version: 1, lessons }));
    await open(page);
    await theme(page, name);
    expect(await violations(page)).toEqual([]);
    await page.goto('/#term=inflight');
    await expect(glossary(page)).toBeVisible();
    await expect(glossary(page).getByRole('status')).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

function map(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Map of the lessons' });
}

function lesson(page: Page, title: string): Locator {
  return map(page)
    .getByRole('button')
    .filter({ has: page.getByText(title, { exact: true }) });
}

function glossary(page: Page): Locator {
  return page.getByRole('dialog', { name: 'Glossary' });
}

/** Puts something where the progress is kept, before the page looks. */
async function keep(page: Page, text: string): Promise<void> {
  await page.goto('/statements.html');
  await page.evaluate(([key, value]) => localStorage.setItem(key, value), [KEY, text] as const);
}

/** Answers the question with one of its options and takes every step. */
async function takeToItsEnd(page: Page, answer: string): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const next = page.getByRole('button', { name: 'Next step' });
  while (await next.isVisible()) {
    if (await next.isDisabled()) await page.getByRole('radio', { name: answer }).check();
    await next.click();
  }
  await expect(page.getByRole('heading', { name: 'In production' })).toBeVisible();
}
