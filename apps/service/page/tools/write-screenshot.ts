/**
 * Photographs the page for the README: on a desk in the light, on a phone in the dark.
 * `npm run serve`, and beside it `node dist/apps/service/page/tools/write-screenshot.js http://127.0.0.1:8080 FILE.webp`.
 */
import type { Page } from 'playwright-core';
import { photographAsScript } from './photograph.js';

const showing = (view: 'cutout' | 'heatmap') => async (page: Page) => {
  await page.locator('#samples button').first().click();
  await page.waitForSelector('main[data-state=ready]');
  await page.check(`input[name=view][value=${view}]`);
};

await photographAsScript(import.meta.url, [
  { size: { width: 1180, height: 760 }, colorScheme: 'light', prepare: showing('cutout') },
  { size: { width: 360, height: 760 }, colorScheme: 'dark', prepare: showing('heatmap') },
]);
