/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../../../../apps/service/page/tools/chromium.js';
import { launchChromium, type WatchedPage } from '../../service/page/browser.js';
import { type DemoSite, give, openDemo, samplePath, settle, startDemo } from './demo-site.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };

let browser: Browser;
let site: DemoSite;
let watched: WatchedPage | undefined;
let page: Page;

beforeAll(async () => {
  site = await startDemo();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
afterEach(async () => {
  const complaints = watched?.complaints;
  await watched?.close();
  watched = undefined;
  expect(complaints).toEqual([]);
});

async function start(options: BrowserContextOptions = {}, on = browser): Promise<void> {
  watched = await openDemo(on, site.url, options);
  page = watched.page;
}

interface Found {
  violations: { id: string; nodes: { target: string[] }[] }[];
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (window as never as { axe: { run(): Promise<Found> } }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
  });
}

describe('accessibility', () => {
  for (const colorScheme of ['light', 'dark'] as const)
    it(`has no known fault in ${colorScheme}`, async () => {
      await start({ colorScheme });
      await page.waitForSelector('#samples img');
      expect(await violations()).toEqual([]);
      await give(page, samplePath('sign.jpg'));
      expect(await violations(), 'text').toEqual([]);
      await page.check('input[name=task][value=subject]');
      await page.waitForSelector('main[data-state=ready] #g-subject:not([hidden])');
      expect(await violations(), 'subject').toEqual([]);
      await page.setInputFiles('#file', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
      await page.waitForSelector('#notice:not([hidden])');
      expect(await violations(), 'notice').toEqual([]);
    });

  it('tells screen readers what was found', async () => {
    await start();
    await give(page, samplePath('selftest.png'));
    await expect.poll(() => page.locator('#status').textContent()).toMatch(/^\d lines of text\.$/);
    expect(await page.getByRole('region', { name: 'What was read' }).count()).toBe(1);
    expect(await page.getByRole('radio', { name: 'Text' }).isChecked()).toBe(true);
  });
});

describe('by keyboard alone', () => {
  const focused = () =>
    page.evaluate(() => {
      const { id, tagName, attributes } = document.activeElement as HTMLElement;
      const [name, value] = ['name', 'value'].map((key) => attributes.getNamedItem(key)?.value);
      return id || (name && `${name}=${value}`) || tagName.toLowerCase();
    });
  const tab = async (times: number) => {
    const order: string[] = [];
    for (let step = 0; step < times; step++) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    return order;
  };

  it('a sample is opened, read, copied, and its subject found', async () => {
    await start();
    await page.waitForSelector('#samples button');
    // The link that skips, the brand, the theme, and then what one came for.
    expect(await tab(7)).toEqual(['a', 'a', 'theme', 'pick', 'live', 'paste', 'button']);
    await page.keyboard.press('Enter');
    await page.waitForSelector('main:not([data-state=start])');
    await settle(page);
    expect(await focused()).toBe('main');
    expect(await tab(5)).toEqual(['task=text', 'text', 'copy', 'save-text', 'engine']);
    await page.focus('input[name=task]:checked');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('main[data-state=ready] #g-subject:not([hidden])');
    expect(await tab(4)).toEqual(['look=cutout', 'compare', 'segments', 'save-look']);
    await page.focus('#segments');
    await page.keyboard.press('Space');
    await settle(page);
    expect(await page.isChecked('#segments')).toBe(false);
  });

  it('every control shows where the focus is', async () => {
    await start();
    await give(page, samplePath('selftest.png'));
    await page.focus('#main');
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => {
        const control = document.activeElement!;
        const shown = control.matches('.views input') ? control.nextElementSibling! : control;
        return getComputedStyle(shown).outlineStyle;
      });
      expect(outline, await focused()).not.toBe('none');
    }
  });
});

describe('on a phone', () => {
  it('nothing scrolls sideways, and every control is large enough to touch', async () => {
    await start(PHONE);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await give(page, samplePath('receipt.jpg'));
    expect(await overflow()).toBe(0);
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    await page.check('input[name=task][value=subject]');
    await page.waitForSelector('main[data-state=ready] #g-subject:not([hidden])');
    expect(await overflow()).toBe(0);
    const small = await page
      .locator('button:visible, select:visible')
      .evaluateAll((controls) =>
        controls.filter((control) => control.getBoundingClientRect().height < 40).map(({ id }) => id),
      );
    expect(small).toEqual([]);
  });

  it('the camera of the system is asked for a photograph', async () => {
    await start(PHONE);
    expect(await page.locator('#camera').isVisible()).toBe(true);
    expect(await page.locator('#live').isVisible()).toBe(false);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#camera')]);
    await chooser.setFiles(samplePath('selftest.png'));
    await page.waitForSelector('main:not([data-state=start])');
    await settle(page);
    expect(await page.locator('#text .line').count()).toBeGreaterThan(1);
  });
});

interface FakeCamera {
  /** Gives every stream that was asked for. */
  answer(): void;
  /** How many streams are on. */
  running(): number;
}

/** Two cameras, which start when they are told to. Runs in the page. */
function fakeCamera(): void {
  const canvas = document.createElement('canvas');
  setInterval(() => canvas.getContext('2d')!.fillRect(0, 0, 10, 10), 20);
  const streams: MediaStream[] = [];
  const waiting: (() => void)[] = [];
  const devices = [{ kind: 'videoinput' }, { kind: 'videoinput' }];
  Object.assign(navigator.mediaDevices, {
    enumerateDevices: async () => devices,
    getUserMedia: () =>
      new Promise<MediaStream>((resolve) => {
        waiting.push(() => {
          const stream = canvas.captureStream();
          streams.push(stream);
          resolve(stream);
        });
      }),
  });
  const isOn = (stream: MediaStream) => stream.getTracks().some(({ readyState }) => readyState === 'live');
  Object.assign(window, {
    answer: () => {
      for (const give of waiting.splice(0)) give();
    },
    running: () => streams.filter(isOn).length,
  });
}

describe('with a camera at the desk', () => {
  it('what it sees is shown, photographed and read; its light goes out', async () => {
    const { chromium } = await import('playwright-core');
    const args = [...CHROMIUM_ARGS, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
    const other = await chromium.launch({ executablePath: findChromium(), args });
    try {
      await start({ permissions: ['camera'] }, other);
      await page.click('#live');
      await page.waitForFunction(() => (document.getElementById('video') as HTMLVideoElement).videoWidth > 0);
      expect(await violations()).toEqual([]);
      await page.click('#shutter');
      await page.waitForSelector('main:not([data-state=start])');
      await settle(page);
      expect(await page.locator('#fact-size').textContent()).toMatch(/^\d{3,} × \d{3,}$/);
      const stream = () =>
        page.evaluate(() => (document.getElementById('video') as HTMLVideoElement).srcObject);
      expect(await stream()).toBeNull();
    } finally {
      await watched?.close();
      await other.close();
    }
  });

  it('a stream that comes too late is stopped: asked for twice, turned away from, or closed', async () => {
    await start();
    await page.evaluate(fakeCamera);
    const answer = () => page.evaluate(() => (window as never as FakeCamera).answer());
    const running = () => page.evaluate(() => (window as never as FakeCamera).running());
    await page.click('#live');
    await page.click('#live');
    await answer();
    await page.waitForSelector('#viewfinder[open] #flip:not([hidden])');
    expect(await running()).toBe(1);
    await page.click('#flip');
    await page.click('#flip');
    expect(await running()).toBe(0);
    await answer();
    expect(await running()).toBe(1);
    await page.click('#flip');
    await page.click('#viewfinder-close');
    await answer();
    expect(await running()).toBe(0);
    expect(await page.locator('#notice').isVisible()).toBe(false);
  });

  it('a refusal is told, and the page goes on', async () => {
    await start();
    await page.click('#live');
    await expect
      .poll(() => page.locator('#notice:visible').textContent())
      .toMatch(/did not allow it|did not start/);
  });
});

describe('the engine', () => {
  it('can be chosen, and the choice is remembered', async () => {
    await start();
    await give(page, samplePath('selftest.png'));
    await Promise.all([page.waitForSelector('main[data-state=busy]'), page.selectOption('#engine', 'wasm')]);
    await settle(page);
    await page.reload();
    expect(await page.inputValue('#engine')).toBe('wasm');
  });

  it('falls back to WebAssembly where WebGPU does not start, and says so', async () => {
    await start();
    await page.evaluate(() => localStorage.setItem('pocketlens-engine', 'webgpu'));
    await page.reload();
    await give(page, samplePath('selftest.png'));
    expect(await page.locator('#engine-text').textContent()).toMatch(
      /^WebGPU is not used \(.*\)\. WebAssembly with SIMD/,
    );
    expect(await page.locator('#text .line').count()).toBeGreaterThan(1);
  });
});
