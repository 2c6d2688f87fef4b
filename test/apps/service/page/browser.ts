/** A real Chromium, and pages that remember what went wrong in them. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../../../../apps/service/page/tools/chromium.js';

/** @throws where there is none: the page is not tested without a browser. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, of the console, and of the content security policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    // The browser reports every answer above 399 by itself, and that the tests read from canvases: both are wanted.
    const isWanted = /^(Failed to load resource|Canvas2D: Multiple readback)/.test(text);
    if (['error', 'warning'].includes(message.type()) && !isWanted) complaints.push(text);
  });
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(url) || /^(blob|data):/.test(request.url());
    if (!isOwn) complaints.push(`Asked a stranger: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}
