import { expect, open, test, theme, violations } from './support';

for (const name of ['light', 'dark'] as const) {
  test(`the start page is accessible in ${name}`, async ({ page }) => {
    await open(page);
    await theme(page, name);
    expect(await violations(page)).toEqual([]);
  });

  test(`a lesson with its question is accessible in ${name}`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await open(page);
    await theme(page, name);
    await page.getByRole('button', { name: 'Begin with lesson 1' }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    while ((await page.getByRole('radio').count()) === 0) {
      await page.getByRole('button', { name: 'Next step' }).click();
    }
    expect(await violations(page)).toEqual([]);
  });

  test(`the help is accessible in ${name}`, async ({ page }) => {
    await open(page);
    await theme(page, name);
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}
