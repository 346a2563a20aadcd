import { expect, test, theme, violations } from './support';

test('a statement is found by its id, with the tests and scripts that show it', async ({
  page,
}) => {
  await page.goto('/statements.html#MQTT-3.1.2-23');
  const row = page.locator('[id="MQTT-3.1.2-23"]');
  await expect(row).toBeInViewport();
  await expect(row.getByText('✓ tested')).toBeVisible();
  await expect(row.getByText('a < CONNACK code=0 session=1').first()).toBeVisible();
});

test('the statements are filtered by version, by whom they bind and by words', async ({ page }) => {
  await page.goto('/statements.html');
  await expect(page.getByRole('status')).toContainText('251 of 251');
  await page.getByRole('button', { name: 'MQTT 3.1.1' }).click();
  await expect(page.getByRole('status')).toContainText('141 of 141; 140 tested');
  await page.getByRole('searchbox').fill('no such words');
  await expect(page.getByText('No statement matches.')).toBeVisible();
});

for (const name of ['light', 'dark'] as const) {
  test(`the statements are accessible in ${name}`, async ({ page }) => {
    await page.goto('/statements.html#MQTT-3.1.2-23');
    await theme(page, name);
    expect(await violations(page)).toEqual([]);
  });
}
