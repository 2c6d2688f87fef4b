/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The page on the real service, with a model for which red stands out. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../../apps/cli/build.mjs';
import type { PageReader } from '../../../../apps/ocr/read-page.js';
import { createLocalEngine } from '../../../../apps/service/compute/local-engine.js';
import { pageFolder } from '../../../../apps/service/page/page-folder.js';
import { createServer } from '../../../../apps/service/server.js';
import { Random } from '../../../../models/base/random.js';
import { fakeSaliency } from '../world.js';
import { launchChromium, openPage } from './browser.js';
import { discPicture } from './pictures.js';

const noReader: PageReader = {
  readPage: () => Promise.reject(new Error('The page reads no text.')),
  dispose: async () => {},
};

let browser: Browser;
let app: FastifyInstance;
let url: string;
let model: ReturnType<typeof fakeSaliency>;

beforeAll(async () => {
  await ensureBuilt();
  model = fakeSaliency();
  const engine = createLocalEngine({
    saliency: model,
    reader: noReader,
    saliencyId: 'saliency@fake',
    ocrId: 'ocr@fake',
    version: '9.9.9',
  });
  app = await createServer({ engine, version: '9.9.9', page: pageFolder(), limits: { maxBytes: 500_000 } });
  url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const rgba = (bytes: Buffer) => sharp(bytes).ensureAlpha().raw().toBuffer();

describe('the page on the service', () => {
  it('shows and saves what the service itself would answer', async () => {
    const { page, complaints, close } = await openPage(browser, url);
    const buffer = await discPicture();
    await page.setInputFiles('#file', { name: 'disc.png', mimeType: 'image/png', buffer });
    await page.waitForSelector('main[data-state=ready]');
    const routes = {
      cutout: 'cutout?',
      mask: 'saliency?output=mask&',
      heatmap: 'saliency?output=heatmap&',
      crop: 'crop?',
    };
    for (const [view, route] of Object.entries(routes)) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`[data-save=${view}]`).click(),
      ]);
      const own = await rgba(readFileSync(await download.path()));
      const answer = await fetch(`${url}v1/${route}format=png&refine=crf`, {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body: new Uint8Array(buffer),
      });
      const theirs = await rgba(Buffer.from(await answer.arrayBuffer()));
      expect(own.length, view).toBe(theirs.length);
      // A canvas stores colours multiplied by their opacity, and so not to the last digit.
      let worst = 0;
      for (let at = 0; at < own.length; at += 4) {
        worst = Math.max(worst, Math.abs(own[at + 3]! - theirs[at + 3]!));
        for (let channel = 0; channel < 3; channel++)
          worst = Math.max(
            worst,
            (Math.abs(own[at + channel]! - theirs[at + channel]!) * own[at + 3]!) / 255,
          );
      }
      expect(worst, view).toBeLessThanOrEqual(1);
    }
    await close();
    expect(complaints).toEqual([]);
  });

  it('shows its problems, and gets past a limit with a smaller copy', async () => {
    const { page, complaints, close } = await openPage(browser, url);
    const random = new Random(1, 'noise');
    const noise = Buffer.from(Uint8Array.from({ length: 3 * 800 * 600 }, () => random.int(0, 255)));
    const buffer = await sharp(noise, { raw: { width: 800, height: 600, channels: 3 } })
      .png()
      .toBuffer();
    expect(buffer.length).toBeGreaterThan(500_000);
    await page.setInputFiles('#file', { name: 'large.png', mimeType: 'image/png', buffer });
    await page.waitForSelector('main[data-state=failed]');
    expect(await page.locator('#notice').textContent()).toContain('limit_exceeded');
    expect(await page.locator('#notice-act').textContent()).toBe('Send a smaller copy');
    await page.click('#notice-act');
    await page.waitForSelector('main[data-state=ready]');
    expect(await page.locator('#fact-size').textContent()).toBe('565 × 424');
    await close();
    expect(complaints).toEqual([]);
  });
});
