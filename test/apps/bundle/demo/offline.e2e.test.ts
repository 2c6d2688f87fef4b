/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type WatchedPage } from '../../service/page/browser.js';
import { type DemoSite, give, openDemo, readText, samplePath, startDemo } from './demo-site.js';

let browser: Browser;
let site: DemoSite | undefined;
let watched: WatchedPage | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());
afterEach(async () => {
  await watched?.close();
  await site?.close();
  [watched, site] = [undefined, undefined];
});

/** All that is asked for later is on the device now. */
const kept = (page: Page) =>
  page.waitForFunction(() => /offline/.test(document.getElementById('readiness-text')!.textContent!));
const isIsolated = (page: Page) => page.evaluate(() => crossOriginIsolated);

describe('the second load', () => {
  it('needs no connection: page, runtime and models are on the device', async () => {
    site = await startDemo();
    watched = await openDemo(browser, site.url);
    const { page } = watched;
    await kept(page);
    await give(page, samplePath('receipt.jpg'));
    const text = await readText(page);
    expect(text).toContain('FERNWICK');
    expect(await page.locator('#offline-text').textContent()).toMatch(/^Works offline: \d+\.\d MB/);

    await site.stop();
    await page.reload();
    await give(page, samplePath('receipt.jpg'));
    expect(await readText(page)).toBe(text);
    expect(await isIsolated(page)).toBe(true);
    // What was not yet used when the connection went is there too.
    await page.check('input[name=task][value=subject]');
    await page.waitForSelector('main[data-state=ready] #g-subject:not([hidden])');
    expect(watched.complaints).toEqual([]);
  });

  it('is of a whole app: manifest, icons and scope are what browsers ask of one that can be installed', async () => {
    site = await startDemo();
    watched = await openDemo(browser, site.url);
    const { page } = watched;
    await kept(page);
    const session = await page.context().newCDPSession(page);
    const { installabilityErrors } = (await session.send('Page.getInstallabilityErrors')) as {
      installabilityErrors: { errorId: string }[];
    };
    // Tests run in a private window, which never offers to install.
    const errors = installabilityErrors.map(({ errorId }) => errorId);
    expect(errors.filter((error) => error !== 'in-incognito')).toEqual([]);
  });
});

describe('a host without headers of isolation', () => {
  it('gets threads through the service worker, which starts the page anew once', async () => {
    site = await startDemo({ isolate: false });
    watched = await openDemo(browser, site.url);
    const { page } = watched;
    await expect.poll(() => isIsolated(page).catch(() => false), { timeout: 30_000 }).toBe(true);
    await give(page, samplePath('selftest.png'));
    const threads = await page.evaluate(() => Math.min(4, navigator.hardwareConcurrency));
    expect(await page.locator('#engine-text').textContent()).toContain(
      threads === 1 ? '1 thread' : `${threads} threads`,
    );
    expect(watched.complaints).toEqual([]);
  });

  it('reads with one thread where there is no service worker either', async () => {
    site = await startDemo({ isolate: false });
    watched = await openDemo(browser, site.url, { serviceWorkers: 'block' });
    const { page } = watched;
    await give(page, samplePath('selftest.png'));
    expect(await isIsolated(page)).toBe(false);
    expect(await page.locator('#engine-text').textContent()).toContain('SIMD, 1 thread');
    expect(await page.locator('#text .line').count()).toBeGreaterThan(1);
  });
});

describe('a new version', () => {
  it('is offered, and takes over when the reader wants it', async () => {
    site = await startDemo();
    watched = await openDemo(browser, site.url);
    const { page } = watched;
    await kept(page);
    const index = join(site.folder, 'index.html');
    const list = join(site.folder, 'service-worker.js');
    const before = readFileSync(index);
    const renamed = before.toString().replace(/<title>[^<]*/, '<title>Another version');
    writeFileSync(index, renamed);
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const script = readFileSync(list, 'utf8');
    expect(script).toContain(hash(before));
    writeFileSync(list, script.replace(hash(before), hash(readFileSync(index))));
    await page.reload();
    await page.waitForSelector('#update:not([hidden])');
    expect(await page.title()).not.toBe('Another version');
    await Promise.all([page.waitForEvent('load'), page.click('#update')]);
    expect(await page.title()).toBe('Another version');
    expect(watched.complaints).toEqual([]);
  });
});

describe('a damaged file', () => {
  it('of the bundle is refused and named, and never kept', async () => {
    site = await startDemo();
    const models = join(site.folder, 'bundle', 'models');
    // Whichever precision the page takes.
    const paths = readdirSync(models)
      .filter((name) => name.startsWith('detector'))
      .map((name) => join(models, name));
    const flip = () => {
      for (const path of paths) {
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1]! ^= 0x10;
        writeFileSync(path, bytes);
      }
    };
    expect(paths.length).toBeGreaterThan(0);
    flip();
    watched = await openDemo(browser, site.url);
    const { page } = watched;
    await expect.poll(() => page.locator('#notice:visible').textContent()).toContain('SHA-256');
    flip();
    await page.click('#notice-act');
    await give(page, samplePath('selftest.png'));
    expect(await page.locator('#text .line').count()).toBeGreaterThan(1);
  });
});
