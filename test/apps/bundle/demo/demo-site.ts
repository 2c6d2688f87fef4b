/// <reference lib="dom" />
/** The page with the bundle of the shipped models, as a static host would serve it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildSite } from '../../../../apps/bundle/demo/site/build-site.js';
import { serveSite } from '../../../../apps/bundle/demo/site/serve-site.js';
import { shippedBundle } from '../../../../apps/bundle/demo/site/shipped-bundle.js';
import { ensureBuilt } from '../../../../apps/cli/build.mjs';
import { packageRoot } from '../../../../models/base/paths.js';
import { openPage, type WatchedPage } from '../../service/page/browser.js';

export interface DemoSite {
  readonly folder: string;
  readonly url: string;
  /** Stops answering; the files stay. */
  stop(): Promise<void>;
  /** Answers again, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startDemo(options: { isolate?: boolean } = {}): Promise<DemoSite> {
  await ensureBuilt();
  const parent = await mkdtemp(join(tmpdir(), 'pocketlens-demo-'));
  const folder = join(parent, 'site');
  await buildSite({ bundle: await shippedBundle(), target: folder });
  let running = await serveSite(folder, { port: 0, ...options });
  const { url } = running;
  return {
    folder,
    url,
    stop: () => running.close(),
    async start() {
      running = await serveSite(folder, { port: Number(new URL(url).port), ...options });
    },
    async close() {
      await running.close();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

export const samplePath = (name: string) => join(packageRoot(), 'samples', name);

/** Opens the page; Chromium's remark that there is no graphics processor is no complaint. */
export async function openDemo(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, url, options);
  watched.page.setDefaultTimeout(90_000);
  return {
    page: watched.page,
    get complaints() {
      return watched.complaints.filter((text) => !text.includes('No available adapters'));
    },
    close: () => watched.close(),
  };
}

/** Waits until the chosen task is done. @throws what the page says went wrong */
export async function settle(page: Page): Promise<void> {
  await page.waitForSelector('main:is([data-state=ready], [data-state=failed])');
  if ((await page.getAttribute('main', 'data-state')) === 'failed')
    throw new Error(`The page failed: ${await page.locator('#notice').textContent()}`);
}

export async function readText(page: Page): Promise<string> {
  const lines = await page.locator('#text .line').allTextContents();
  return lines.join('\n');
}

/** Gives the page a file and chooses what to look for. */
export async function give(page: Page, file: string, task: 'text' | 'subject' = 'text'): Promise<void> {
  await page.setInputFiles('#file', file);
  await page.waitForSelector('main:not([data-state=start])');
  if (task === 'subject') await page.check('input[name=task][value=subject]');
  await settle(page);
}

/** Rows of one of the panel's tables: name and value. */
export function tableRows(page: Page, table: 'times' | 'loads'): Promise<[name: string, value: string][]> {
  return page.locator(`#${table} tr`).evaluateAll((rows) =>
    rows.map((row): [string, string] => {
      const [name, value] = row.children as never as [Element, Element];
      return [name.textContent ?? '', value.textContent ?? ''];
    }),
  );
}
