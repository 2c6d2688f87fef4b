/// <reference lib="dom" />
/** Drives the page in Chromium and takes its times. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { PocketlensError } from '../../../../models/base/errors.js';
import { CHROMIUM_ARGS, findChromium } from '../../../service/page/tools/chromium.js';
import { serveSite } from '../site/serve-site.js';

export interface MeasureDemoOptions {
  /** The site's folder. */
  readonly site: string;
  /** Starts of the browser, and repetitions in an open page. */
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** Milliseconds of each run. */
export interface DemoTimes {
  /** E.g. "WebAssembly, 2 threads". */
  readonly engine: string;
  readonly cold: readonly number[];
  /** Empty where a second visit has nothing to start from. */
  readonly second: readonly number[];
  readonly text: readonly number[];
  readonly subject: readonly number[];
  /** Without superpixels. */
  readonly dense: readonly number[];
  /** Decoded bytes of all that was there with the first text. */
  readonly bytes: number;
}

export interface DemoBench {
  readonly browser: string;
  readonly times: readonly DemoTimes[];
}

/** A page that waits longer than this has failed. */
const PATIENCE_MS = 120_000;
const TEXT_PICTURE = 'receipt.jpg';
const SUBJECT_PICTURE = 'dog.jpg';

interface Mode {
  /** With the headers of isolation, and so with threads. */
  readonly isolate: boolean;
}

const MODES: readonly Mode[] = [{ isolate: true }, { isolate: false }];

/** @throws tool_missing without Chromium, inference_failed where the page fails, the signal's reason */
export async function measureDemo(options: MeasureDemoOptions): Promise<DemoBench> {
  const { chromium } = await import('playwright-core');
  const launch = { executablePath: findChromium(), args: CHROMIUM_ARGS };
  const total = MODES.length * (options.runs + 1) + options.runs;
  let done = 0;
  const step = (note: string) => {
    options.signal.throwIfAborted();
    options.onProgress?.(done++, total, note);
  };
  let version = '';
  const times: DemoTimes[] = [];
  for (const mode of MODES) {
    const site = await serveSite(options.site, { port: 0, isolate: mode.isolate });
    try {
      const cold: number[] = [];
      for (let run = 0; run < options.runs; run++) {
        step('cold start');
        const browser = await chromium.launch(launch);
        try {
          version = browser.version();
          cold.push(await timeStart(await freshContext(browser, mode), site.url));
        } finally {
          await browser.close();
        }
      }
      step('warm');
      const browser = await chromium.launch(launch);
      const warm = await timeWarm(await freshContext(browser, mode), site.url, options.runs).finally(() =>
        browser.close(),
      );
      // Without a service worker nothing is kept for a second visit.
      const second = mode.isolate ? await timeSecondVisits(site.url) : [];
      times.push({ ...warm, cold, second });
    } finally {
      await site.close();
    }
  }
  return { browser: `Chromium ${version}`, times };

  async function timeSecondVisits(url: string): Promise<number[]> {
    const profile = await mkdtemp(join(tmpdir(), 'pocketlens-profile-'));
    const visit = async (time: (context: BrowserContext) => Promise<number>) => {
      const context = await chromium.launchPersistentContext(profile, { ...launch, acceptDownloads: false });
      try {
        return await time(context);
      } finally {
        await context.close();
      }
    };
    try {
      await visit(async (context) => {
        const took = await timeStart(context, url);
        const [page] = context.pages().slice(-1) as [Page];
        await page.waitForSelector('#offline-text:has-text("Works offline")', {
          state: 'attached',
          timeout: PATIENCE_MS,
        });
        return took;
      });
      const found: number[] = [];
      for (let run = 0; run < options.runs; run++) {
        step('second visit');
        found.push(
          await visit(async (context) => {
            await context.setOffline(true);
            return timeStart(context, url);
          }),
        );
      }
      return found;
    } finally {
      await rm(profile, { recursive: true, force: true });
    }
  }
}

function freshContext(browser: Browser, { isolate }: Mode): Promise<BrowserContext> {
  // A service worker would isolate the page nevertheless.
  return browser.newContext({ serviceWorkers: isolate ? 'allow' : 'block' });
}

/** Navigation to first text. */
async function timeStart(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  await page.addInitScript(handOver, TEXT_PICTURE);
  await page.goto(url, { waitUntil: 'commit' });
  return finished(page, 1);
}

async function timeWarm(
  context: BrowserContext,
  url: string,
  runs: number,
): Promise<Omit<DemoTimes, 'cold' | 'second'>> {
  const page = await context.newPage();
  await page.addInitScript(handOver, TEXT_PICTURE);
  await page.goto(url, { waitUntil: 'commit' });
  await finished(page, 1);
  const bytes = await page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>('#loads [data-bytes]')];
    return rows.reduce((sum, row) => sum + Number(row.dataset.bytes), 0);
  });
  const repeat = async (picture: string, count: number) => {
    const times: number[] = [];
    for (let run = 0; run < count; run++) times.push(await timeOpening(page, picture));
    // The first of each only warms up.
    return times.slice(1);
  };
  const text = await repeat(TEXT_PICTURE, runs + 1);
  await page.check('input[name=task][value=subject]');
  await page.waitForSelector('main[data-state=ready] #g-subject:not([hidden])', { timeout: PATIENCE_MS });
  const subject = await repeat(SUBJECT_PICTURE, runs + 1);
  await page.uncheck('#segments');
  await page.waitForSelector('main[data-state=ready]', { timeout: PATIENCE_MS });
  const dense = await repeat(SUBJECT_PICTURE, runs + 1);
  const engine = /^(WebGPU|WebAssembly)[^;]*?(\d+ threads?)/.exec(
    (await page.textContent('#engine-text')) ?? '',
  );
  return { engine: engine ? `${engine[1]}, ${engine[2]}` : 'unknown', text, subject, dense, bytes };
}

/** What the script that is put into the page leaves there. */
type Timed = Window & { readonly pocketlensTimes?: number[] };

/**
 * Runs in the page before its own scripts: notes when results are shown, and hands a picture over as soon as the page listens.
 */
function handOver(picture: string): void {
  const times: number[] = [];
  Object.assign(window, { pocketlensTimes: times });
  document.addEventListener('DOMContentLoaded', async () => {
    const main = document.querySelector('main') as HTMLElement;
    new MutationObserver(() => {
      const { state } = main.dataset;
      if (state === 'ready') times.push(performance.now());
      else if (state === 'failed') times.push(Number.NaN);
    }).observe(main, { attributeFilter: ['data-state'] });
    const answer = await fetch(`samples/${picture}`);
    const files = new DataTransfer();
    files.items.add(new File([await answer.blob()], picture, { type: 'image/jpeg' }));
    const input = document.getElementById('file') as HTMLInputElement;
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
  });
}

/** When the page was done for the nth time, in milliseconds since the navigation began. */
async function finished(page: Page, count: number): Promise<number> {
  const handle = await page.waitForFunction(
    (count) => {
      const times = (window as Timed).pocketlensTimes ?? [];
      return times.length >= count ? [times[count - 1]] : undefined;
    },
    count,
    { timeout: PATIENCE_MS, polling: 50 },
  );
  const [time] = (await handle.jsonValue()) as [number | null];
  if (typeof time === 'number' && Number.isFinite(time)) return time;
  throw new PocketlensError('inference_failed', `The page failed: ${await page.textContent('#notice')}`);
}

/** From handing a picture over to its result, in a page that is open. */
function timeOpening(page: Page, picture: string): Promise<number> {
  return page.evaluate(async (picture) => {
    const blob = await (await fetch(`samples/${picture}`)).blob();
    const files = new DataTransfer();
    files.items.add(new File([blob], picture, { type: 'image/jpeg' }));
    const input = document.getElementById('file') as HTMLInputElement;
    const times = (window as Timed).pocketlensTimes!;
    const before = times.length;
    const started = performance.now();
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
    while (times.length === before) await new Promise((resolve) => setTimeout(resolve, 10));
    return times.at(-1)! - started;
  }, picture);
}
