/** The hooks of tests that drive the page: a browser for the file, a service and a watched page for each test. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { ensureBuilt } from '../../../../apps/cli/build.mjs';
import { launchChromium, openPage, type WatchedPage } from './browser.js';
import { type FakeService, startFakeService } from './fake-service.js';

/** Of the test that runs. */
export interface PageTest {
  readonly service: FakeService;
  /** Opens the page, in place of one that is open. */
  start(options?: BrowserContextOptions): Promise<Page>;
}

/** Registers the hooks. After each test nothing may stand in the browser's console. */
export function pageHooks(): PageTest {
  let browser: Browser;
  let service: FakeService;
  let watched: WatchedPage | undefined;

  beforeAll(async () => {
    await ensureBuilt();
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    service = await startFakeService();
  });
  afterEach(async () => {
    const complaints = watched?.complaints;
    await watched?.close();
    await service.close();
    watched = undefined;
    expect(complaints).toEqual([]);
  });
  return {
    get service() {
      return service;
    },
    async start(options = {}) {
      await watched?.close();
      watched = await openPage(browser, service.url, options);
      return watched.page;
    },
  };
}
