/**
 * Photographs the page for the README: on a desk in the light, on a phone in the dark.
 * `npm run serve`, and beside it `node dist/apps/saliency/page/tools/write-screenshot.js http://127.0.0.1:8080 FILE.webp`.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from './chromium.js';
import { sideBySide } from './side-by-side.js';

const DESK = { width: 1180, height: 760 };
const PHONE = { width: 360, height: 760 };

/** @param url of a running service. @param file ends in .webp. @throws tool_missing without Chromium */
export async function writeScreenshot(url: string, file: string): Promise<void> {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  try {
    const desk = await photograph(browser, url, { size: DESK, colorScheme: 'light', view: 'cutout' });
    const phone = await photograph(browser, url, { size: PHONE, colorScheme: 'dark', view: 'heatmap' });
    await writeFile(file, await sideBySide([desk, phone]));
  } finally {
    await browser.close();
  }
}

interface Shot {
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
  readonly view: string;
}

async function photograph(browser: Browser, url: string, { size, colorScheme, view }: Shot): Promise<Buffer> {
  const page = await browser.newPage({ viewport: size, colorScheme, reducedMotion: 'reduce' });
  await page.goto(url);
  await page.locator('#samples button').first().click();
  await page.waitForSelector('main[data-state=ready]');
  await page.check(`input[name=view][value=${view}]`);
  await settled(page);
  const bytes = await page.screenshot();
  await page.close();
  return bytes;
}

/** Drawn, and no control in focus. */
async function settled(page: Page): Promise<void> {
  await page.focus('main');
  await page.waitForTimeout(200);
}

const [, script, url, file] = process.argv;
if (script && import.meta.url === pathToFileURL(script).href) {
  if (!url || !file) throw new Error('Expected the address of a running service and a .webp file.');
  await writeScreenshot(url, file);
}
