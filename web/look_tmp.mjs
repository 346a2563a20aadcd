import { chromium } from '@playwright/test';
const out='/work/target/code/look/';
const b = await chromium.launch({ executablePath:'/usr/bin/chromium', args:['--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync']});
const which = process.argv[2] ?? 'a';
const page = await b.newPage({ viewport:{width:1440,height:900}, colorScheme: process.argv[3] ?? 'light' });
page.on('console', m => console.log('console', m.type(), m.text().slice(0,300)));
page.on('pageerror', e => console.log('pageerror', e.message));
await page.goto('http://127.0.0.1:28080/');
await page.getByRole('tab', { name: 'Code' }).click();
await page.getByRole('textbox', { name: /Your code/ }).waitFor();
await page.screenshot({ path: out+which+'0.png' });
await page.getByLabel('Snippet').selectOption({ value: process.argv[4] ?? 'persistent-session' });
await page.waitForTimeout(500);
await page.getByRole('button', { name: 'Run' }).click();
for (let i=1;i<=5;i++){ await page.waitForTimeout(2500); console.log(i, await page.getByRole('log').innerText()); }
await page.screenshot({ path: out+which+'1.png' });
await b.close();
