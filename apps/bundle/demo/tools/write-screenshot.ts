/**
 * Photographs the page for the README: text on a desk in the light, a subject on a phone in the dark.
 * `npm run demo`, and beside it `node dist/apps/bundle/demo/tools/write-screenshot.js http://127.0.0.1:8090/ FILE.webp`.
 */
import type { Page } from 'playwright-core';
import { photographAsScript } from '../../../service/page/tools/photograph.js';

/** @param sample which of the samples */
const showing = (sample: number, task: 'text' | 'subject') => async (page: Page) => {
  const open = async () => {
    await page.locator('#samples button').nth(sample).click();
    await page.waitForSelector('main[data-state=ready]');
    if (task === 'text') return;
    await page.check('input[name=task][value=subject]');
    await page.waitForSelector('main[data-state=ready] #g-subject:not([hidden])');
  };
  // The first time it also opens the models; shown is what everybody sees from the second picture on.
  await open();
  await page.click('#another');
  await open();
};

await photographAsScript(import.meta.url, [
  { size: { width: 1180, height: 860 }, colorScheme: 'light', prepare: showing(0, 'text') },
  { size: { width: 390, height: 860 }, colorScheme: 'dark', prepare: showing(2, 'subject') },
]);
