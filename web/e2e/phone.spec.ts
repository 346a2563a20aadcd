import {
  TITLES,
  PHONE,
  tab,
  show,
  lane,
  choose,
  goOn,
  busy,
  openLesson,
  takeToItsEnd,
  overflow,
} from './phone';
import { expect, open, test } from './support';

test.use(PHONE);

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
