/**
 * Photographs the page for the README: text on a desk in the light, a subject on a phone in the dark.
 * `npm run demo`, and beside it `node dist/apps/bundle/demo/tools/write-screenshot.js http://127.0.0.1:8090/ FILE.webp`.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../../../saliency/page/tools/chromium.js';
import { sideBySide } from '../../../saliency/page/tools/side-by-side.js';

const DESK = { width: 1180, height: 860 };
const PHONE = { width: 390, height: 860 };

/** @param url of the served page. @param file ends in .webp. @throws tool_missing without Chromium */
export async function writeScreenshot(url: string, file: string): Promise<void> {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  try {
    const desk = await photograph(browser, url, {
      size: DESK,
      colorScheme: 'light',
      sample: 0,
      task: 'text',
    });
    const phone = await photograph(browser, url, {
      size: PHONE,
      colorScheme: 'dark',
      sample: 2,
      task: 'subject',
    });
    await writeFile(file, await sideBySide([desk, phone]));
  } finally {
    await browser.close();
  }
}

interface Shot {
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
  /** Which of the samples. */
  readonly sample: number;
  readonly task: 'text' | 'subject';
}

async function photograph(browser: Browser, url: string, shot: Shot): Promise<Buffer> {
  const { size, colorScheme, sample, task } = shot;
  const context = await browser.newContext({ viewport: size, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(url);
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
  await settled(page);
  const bytes = await page.screenshot();
  await context.close();
  return bytes;
}

/** Drawn, and no control in focus. */
async function settled(page: Page): Promise<void> {
  await page.focus('main');
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
}

const [, script, url, file] = process.argv;
if (script && import.meta.url === pathToFileURL(script).href) {
  if (!url || !file) throw new Error('Expected the address of the served page and a .webp file.');
  await writeScreenshot(url, file);
}
