/** Photographs a served page as a README shows it: several shots, each of another size and scheme, side by side. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from './chromium.js';
import { sideBySide } from './side-by-side.js';

export interface Shot {
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
  /** Brings the fresh page to what is to be seen. */
  readonly prepare: (page: Page) => Promise<void>;
}

/**
 * For a script that is started with the page's address and a file that ends in .webp; does nothing where the module is
 * imported.
 * @throws tool_missing without Chromium
 */
export async function photographAsScript(module: string, shots: readonly Shot[]): Promise<void> {
  const [, script, url, file] = process.argv;
  if (!script || module !== pathToFileURL(script).href) return;
  if (!url || !file) throw new Error('Expected the address of the served page and a .webp file.');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  try {
    const pictures: Buffer[] = [];
    for (const shot of shots) pictures.push(await photograph(browser, url, shot));
    await writeFile(file, await sideBySide(pictures));
  } finally {
    await browser.close();
  }
}

async function photograph(
  browser: Browser,
  url: string,
  { size, colorScheme, prepare }: Shot,
): Promise<Buffer> {
  const page = await browser.newPage({ viewport: size, colorScheme, reducedMotion: 'reduce' });
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  await prepare(page);
  // Drawn, and no control in focus.
  await page.focus('main');
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  const bytes = await page.screenshot();
  await page.close();
  return bytes;
}
