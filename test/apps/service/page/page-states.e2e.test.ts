/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeService } from './fake-service.js';
import { pageHooks } from './page-hooks.js';
import { discPicture } from './pictures.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 360, height: 600 } };

const test = pageHooks();
let service: FakeService;
let page: Page;
beforeEach(() => {
  service = test.service;
});

async function start(options: BrowserContextOptions = {}): Promise<void> {
  page = await test.start(options);
}

const pick = async (options: Parameters<typeof discPicture>[0] = {}) =>
  page.setInputFiles('#file', {
    name: 'disc.png',
    mimeType: 'image/png',
    buffer: await discPicture(options),
  });
const state = (name: string) => page.waitForSelector(`main[data-state=${name}]`);
const notice = () => page.locator('#notice:visible').textContent();
const focused = () =>
  page.evaluate(() => {
    const { id, tagName, dataset, attributes } = document.activeElement as HTMLElement;
    const [name, value] = ['name', 'value'].map((key) => attributes.getNamedItem(key)?.value);
    return id || dataset.save || (name && `${name}=${value}`) || tagName.toLowerCase();
  });
const overflow = () =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const VIEWS = ['original', 'heatmap', 'map', 'mask', 'cutout', 'crop'];

describe('what goes wrong', () => {
  it('is said in the words of the service', async () => {
    service.refusals = [
      {
        status: 422,
        problem: {
          title: 'The image is damaged',
          status: 422,
          detail: 'Expected a whole PNG but it ends early.',
          code: 'invalid_image',
          remedy: 'Send it again.',
        },
      },
    ];
    await start();
    await pick();
    await state('failed');
    expect(await notice()).toContain('The image is damaged');
    expect(await notice()).toContain('Expected a whole PNG but it ends early. Send it again.');
    expect(await notice()).toContain('invalid_image');
    expect(await page.locator('[role=alert]').textContent()).toContain('The image is damaged');
    expect(await page.locator('[data-save=map]').isDisabled()).toBe(true);
  });

  it('is said where a proxy answers with a page of its own', async () => {
    service.refusals = [{ status: 502, problem: [] as never }];
    await start();
    await pick();
    await state('failed');
    expect(await notice()).toContain('The service answered 502');
    await page.click('#notice-act');
    await state('ready');
  });

  it('counts down and tries again while the service is busy', async () => {
    const busy = {
      title: 'The service is busy',
      status: 429,
      detail: 'The queue is full.',
      code: 'too_many_requests',
    };
    service.refusals = [{ status: 429, problem: busy, retryAfter: 2 }];
    await start();
    await pick();
    await state('failed');
    expect(await page.locator('#notice-act').textContent()).toMatch(/^Try again \([12] s\)$/);
    expect(service.queries).toHaveLength(1);
    await state('ready');
    expect(service.queries).toHaveLength(2);
    expect(await page.locator('#notice').isVisible()).toBe(false);
  });

  it('sends a smaller copy of what is too large, if asked to', async () => {
    const problem = { title: 'The request is larger than a limit', status: 413, code: 'limit_exceeded' };
    service.refusals = [{ status: 413, problem }];
    await start();
    await pick({ width: 2400, height: 1200 });
    await state('failed');
    expect(await page.locator('#notice-act').textContent()).toBe('Send a smaller copy');
    await page.click('#notice-act');
    await state('ready');
    expect(await page.locator('#fact-size').textContent()).toBe('1697 × 848');
    expect(await page.locator('#hint').textContent()).toContain('from 2400 × 1200');
  });

  it('waits for the connection and goes on by itself', async () => {
    await start();
    await page.context().setOffline(true);
    await pick();
    await state('failed');
    expect(await notice()).toContain('You are offline');
    await page.context().setOffline(false);
    await state('ready');
  });

  it('tells a file that is no image, and keeps the picture before', async () => {
    await start();
    const text = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no image') };
    await page.setInputFiles('#file', text);
    await expect.poll(notice).toContain('no image this browser can show');
    expect(service.queries).toHaveLength(0);
    await pick();
    await state('ready');
    expect(await page.locator('#notice').isVisible()).toBe(false);
    await page.setInputFiles('#file', text);
    await expect.poll(notice).toContain('notes.txt');
    await state('ready');
    expect(await page.locator('#fact-size').textContent()).toBe('400 × 300');
  });

  it('can be cancelled while it runs', async () => {
    service.gate = new Promise(() => {});
    await start();
    await pick();
    await state('busy');
    expect(await page.locator('#busy-text').textContent()).toMatch(/Sending|Looking/);
    await page.click('#cancel');
    await state('failed');
    await expect.poll(() => service.left).toBe(1);
    expect(await notice()).toContain('Given up');
  });
});

describe('the looks', () => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const isDark = async () => Number(/\d+/.exec(await ground())![0]) < 60;

  it('follow the system, or what was chosen, and remember it', async () => {
    await start({ colorScheme: 'dark' });
    expect(await isDark()).toBe(true);
    expect(await page.locator('#theme').getAttribute('aria-pressed')).toBe('true');
    await page.click('#theme');
    expect(await isDark()).toBe(false);
    await page.reload();
    expect(await isDark()).toBe(false);
    await page.click('#theme');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await isDark()).toBe(false);
  });

  it('fit a phone: nothing scrolls sideways', async () => {
    await start({ ...PHONE, hasTouch: true, isMobile: true });
    expect(await overflow()).toBe(0);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    expect(await page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
    await pick({ width: 1200, height: 500 });
    await state('ready');
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    for (const view of VIEWS) {
      await page.check(`input[name=view][value=${view}]`);
      expect(await overflow(), view).toBe(0);
    }
    let answer = () => {};
    service.gate = new Promise((resolve) => {
      answer = resolve;
    });
    service.refusals = [{ status: 429, problem: { detail: 'x'.repeat(300), code: 'limit' }, retryAfter: 60 }];
    await pick();
    await state('busy');
    expect(await overflow()).toBe(0);
    answer();
    await state('failed');
    expect(await overflow()).toBe(0);
    const small = await page
      .locator('button:visible, select:visible')
      .evaluateAll((controls) =>
        controls.filter((control) => control.getBoundingClientRect().height < 40).map(({ id }) => id),
      );
    expect(small).toEqual([]);
  });

  it('hold still for those who asked for it', async () => {
    service.gate = new Promise(() => {});
    await start({ reducedMotion: 'reduce' });
    await pick();
    await state('busy');
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.click('#cancel');
  });

  it('take less than 100 kB', async () => {
    await start();
    await page.waitForLoadState('networkidle');
    expect(service.sent).toBeGreaterThan(30_000);
    expect(service.sent).toBeLessThan(100_000);
  });
});

describe('by keyboard alone', () => {
  it('a sample is opened, cut out, and saved', async () => {
    await start();
    await page.waitForSelector('#samples button');
    const order: string[] = [];
    for (let step = 0; step < 7; step++) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    // The link that skips, the brand, the API, the theme, and then what one came for.
    expect(order).toEqual(['a', 'a', 'a', 'theme', 'pick', 'paste', 'button']);
    await page.keyboard.press('Enter');
    await state('ready');
    expect(await focused()).toBe('main');
    const after: string[] = [];
    for (let step = 0; step < 16; step++) {
      await page.keyboard.press('Tab');
      after.push(await focused());
    }
    expect(after).toEqual([
      ...['view=cutout', 'boxes', 'compare', 'threshold', 'threshold-auto', 'refine=crf', 'strength'],
      ...['background=', 'heatmap', 'map', 'mask', 'cutout', 'crop', 'boxes', 'format', 'copy'],
    ]);
    await page.locator('[data-save=cutout]').focus();
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(download.suggestedFilename()).toMatch(/-cutout\.png$/);
    expect(await page.locator('#status').textContent()).toMatch(/^Saved/);
  });

  it('every control shows where the focus is', async () => {
    await start();
    await pick();
    await state('ready');
    await page.focus('#main');
    for (let step = 0; step < 16; step++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => {
        const control = document.activeElement!;
        const shown = control.matches('.views input, .segments input, .swatches [type=radio]')
          ? control.nextElementSibling!
          : control;
        return getComputedStyle(shown).outlineStyle;
      });
      expect(outline, await focused()).not.toBe('none');
    }
  });
});

describe('accessibility', () => {
  async function violations(): Promise<string[]> {
    await page.evaluate(axe);
    return page.evaluate(async () => {
      const { violations } = await (window as never as { axe: { run(): Promise<Found> } }).axe.run();
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
    });
  }
  interface Found {
    violations: { id: string; nodes: { target: string[] }[] }[];
  }

  for (const colorScheme of ['light', 'dark'] as const)
    it(`has no known fault in ${colorScheme}`, async () => {
      await start({ colorScheme });
      await page.waitForSelector('#samples img');
      expect(await violations()).toEqual([]);
      await pick();
      await state('ready');
      for (const view of ['cutout', 'crop']) {
        await page.check(`input[name=view][value=${view}]`);
        expect(await violations(), view).toEqual([]);
      }
      service.refusals = [
        { status: 422, problem: { title: 'Damaged', detail: 'It ends early.', code: 'x' } },
      ];
      await pick();
      await state('failed');
      expect(await violations()).toEqual([]);
    });

  it('tells screen readers what was found', async () => {
    await start();
    await pick();
    await state('ready');
    await expect
      .poll(() => page.locator('#status').textContent())
      .toMatch(/^The subject covers \d+ % of the picture, 1 part\.$/);
    expect(await page.getByRole('slider', { name: 'Threshold' }).count()).toBe(1);
    expect(await page.getByRole('slider', { name: 'Original against result' }).count()).toBe(1);
    expect(await page.getByRole('radio', { name: 'Cut-out' }).isChecked()).toBe(true);
    expect(await page.getByRole('button', { name: 'Boxes as JSON' }).count()).toBe(1);
  });
});
