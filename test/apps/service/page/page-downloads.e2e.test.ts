/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { choose, openPicture, slide } from './drive-page.js';
import { pageHooks } from './page-hooks.js';
import { discPicture } from './pictures.js';

const test = pageHooks();
let page: Page;
beforeEach(async () => {
  page = await test.start();
});

async function save(what: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`[data-save=${what}]`).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

describe('a download', () => {
  it('of each view is an image of the right size', async () => {
    await openPicture(page, discPicture({ width: 1600, height: 1200 }));
    for (const view of ['heatmap', 'map', 'mask', 'cutout']) {
      const { name, bytes } = await save(view);
      expect(name).toBe(`disc-${view}.png`);
      const { width, height, format } = await sharp(bytes).metadata();
      expect({ width, height, format }, view).toEqual({ width: 1600, height: 1200, format: 'png' });
    }
    const { data, info } = await sharp((await save('cutout')).bytes)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [
      ...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4),
    ];
    expect(info.channels).toBe(4);
    expect(at(400, 600)).toEqual([255, 0, 0, 255]);
    expect(at(1500, 100)[3]).toBe(0);
  });

  it('of a crop keeps the ratio and the subject', async () => {
    await openPicture(page);
    await choose(page, 'view', 'crop');
    await choose(page, 'ratio', '16:9');
    const { name, bytes } = await save('crop');
    expect(name).toBe('disc-crop.png');
    const { width = 0, height = 0 } = await sharp(bytes).metadata();
    expect(width / height).toBeCloseTo(16 / 9, 1);
    expect(await page.locator('#crop-size').textContent()).toBe(`${width} × ${height} pixels`);
    expect(await page.locator('#crop-preview').evaluate((canvas: HTMLCanvasElement) => canvas.width)).toBe(
      width,
    );
    await slide(page, 'margin', 40);
    expect((await sharp((await save('crop')).bytes).metadata()).height).toBeGreaterThan(height);
  });

  it('comes as WebP and as JPEG too, that on white', async () => {
    await openPicture(page);
    await page.selectOption('#format', 'webp');
    expect((await sharp((await save('cutout')).bytes).metadata()).format).toBe('webp');
    await page.selectOption('#format', 'jpeg');
    const { name, bytes } = await save('cutout');
    expect(name).toBe('disc-cutout.jpg');
    const corner = await sharp(bytes).extract({ left: 390, top: 5, width: 1, height: 1 }).raw().toBuffer();
    expect([...corner]).toEqual([255, 255, 255]);
  });

  it('of the boxes is JSON as the service writes it', async () => {
    await openPicture(page);
    const { name, bytes } = await save('boxes');
    const { width, boxes, refine } = JSON.parse(bytes.toString()) as {
      width: number;
      refine: string;
      boxes: { x: number; share: number }[];
    };
    expect([name, width, refine, boxes.length, boxes[0]!.share]).toEqual([
      'disc-boxes.json',
      400,
      'crf',
      1,
      1,
    ]);
  });

  it('goes to the clipboard as well', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await openPicture(page);
    await page.click('#copy');
    await expect.poll(() => page.locator('#copy').textContent()).toBe('Copied');
    const types = await page.evaluate(async () =>
      (await navigator.clipboard.read()).flatMap(({ types }) => types),
    );
    expect(types).toEqual(['image/png']);
  });
});
