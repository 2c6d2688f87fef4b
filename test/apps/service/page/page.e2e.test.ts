import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { choose, openPicture, pictureFile, slide, untilDrawn, untilState } from './drive-page.js';
import type { FakeService } from './fake-service.js';
import { pageHooks } from './page-hooks.js';
import { discPicture } from './pictures.js';

const test = pageHooks();
let service: FakeService;
let page: Page;
beforeEach(async () => {
  service = test.service;
  await start();
});

async function start(options: BrowserContextOptions = {}): Promise<void> {
  page = await test.start(options);
}

/** Red, green, blue and alpha of a canvas at a share of its width and height. */
const pixel = (id: string, x: number, y: number) =>
  page.evaluate(
    ([id, x, y]) => {
      const canvas = document.getElementById(id) as HTMLCanvasElement;
      const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)] as const;
      return [...canvas.getContext('2d')!.getImageData(...at, 1, 1).data];
    },
    [id, x, y] as const,
  );
/** Pixels of the result that are not transparent. */
const opaque = () =>
  page.evaluate(() => {
    const canvas = document.getElementById('after') as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, index) => index % 4 === 3 && value > 0).length;
  });

describe('a picture', () => {
  it('that is picked is sent as it is, and shown with its cut-out', async () => {
    const picture = await discPicture();
    await openPicture(page, picture);
    expect(service.body.equals(picture)).toBe(true);
    expect(service.queries).toEqual(['output=map&format=png&refine=crf']);
    expect(await pixel('before', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    expect(await pixel('after', 0.75, 0.5)).toEqual([0, 0, 0, 0]);
    expect(await page.locator('#fact-size').textContent()).toBe('400 × 300');
    expect(await page.locator('#fact-parts').textContent()).toBe('1');
  });

  it('is seen in every view', async () => {
    await openPicture(page);
    await choose(page, 'view', 'map');
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 255, 255, 255]);
    expect(await pixel('after', 0.75, 0.5)).toEqual([0, 0, 0, 255]);
    await choose(page, 'view', 'mask');
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 255, 255, 255]);
    await choose(page, 'view', 'heatmap');
    const [hot, cold] = [await pixel('after', 0.25, 0.5), await pixel('after', 0.75, 0.5)];
    expect(hot[0]! + hot[1]!).toBeGreaterThan(cold[0]! + cold[1]! + 100);
    await choose(page, 'view', 'original');
    expect(await page.locator('#compare').isVisible()).toBe(false);
  });

  it('turned by its EXIF orientation is shown, sent and measured upright', async () => {
    await openPicture(page, discPicture({ format: 'jpeg', orientation: 6 }), 'turned.jpg');
    expect(await page.locator('#fact-size').textContent()).toBe('300 × 400');
    const [red, green] = await pixel('after', 0.5, 0.25);
    expect([red! > 240, green! < 20]).toEqual([true, true]);
  });

  it('can be dropped', async () => {
    const bytes = [...(await discPicture())];
    const data = await page.evaluateHandle((bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.png', { type: 'image/png' }));
      return transfer;
    }, bytes);
    await page.dispatchEvent('main', 'dragover', { dataTransfer: data });
    expect(await page.locator('#veil').isVisible()).toBe(true);
    await page.dispatchEvent('main', 'drop', { dataTransfer: data });
    await untilState(page, 'ready');
    expect(await page.locator('#veil').isVisible()).toBe(false);
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
  });

  it('can be pasted, by the keyboard and by the button', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate(
      async (bytes) => {
        const image = new Blob([new Uint8Array(bytes)], { type: 'image/png' });
        await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
      },
      [...(await discPicture())],
    );
    await page.keyboard.press('Control+V');
    await untilState(page, 'ready');
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    await page.click('#another');
    await page.click('#paste');
    await untilState(page, 'ready');
    expect(service.queries).toHaveLength(2);
  });

  it('can be one of the samples', async () => {
    await page.locator('#samples button').first().click();
    await page.waitForSelector('#work:not([hidden])');
    await untilState(page, 'ready');
    expect(await page.locator('#samples img').first().getAttribute('alt')).not.toBe('');
  });

  it('replaces the one before, whose request is aborted', async () => {
    let release = () => {};
    service.gate = new Promise((resolve) => {
      release = resolve;
    });
    await page.setInputFiles('#file', await pictureFile());
    await untilState(page, 'busy');
    await expect.poll(() => service.queries.length).toBe(1);
    await page.setInputFiles('#file', await pictureFile(discPicture({ width: 200, height: 200 })));
    await expect.poll(() => service.left).toBe(1);
    release();
    await untilState(page, 'ready');
    expect(await page.locator('#fact-size').textContent()).toBe('200 × 200');
  });
});

describe('the sliders', () => {
  it('change the cut-out, the mask and the boxes without a new request', async () => {
    await openPicture(page);
    await choose(page, 'refine', 'none');
    await untilState(page, 'ready');
    const requests = service.queries.length;
    await slide(page, 'threshold', 0.2);
    const wide = await opaque();
    await slide(page, 'threshold', 0.95);
    const narrow = await opaque();
    expect(wide).toBeGreaterThan(1.4 * narrow);
    expect(narrow).toBeGreaterThan(1000);
    expect(await page.locator('#threshold-auto').isChecked()).toBe(false);
    expect(await page.locator('#threshold-value').textContent()).toBe('0.95');
    expect(service.queries).toHaveLength(requests);
    await page.check('#threshold-auto');
    await untilDrawn(page);
    expect(Number(await page.locator('#threshold-value').textContent())).toBeLessThan(0.8);
  });

  it('mix the plain and the refined map', async () => {
    await openPicture(page);
    await choose(page, 'view', 'map');
    // The ring is half red: refined it counts as 128 of 255 and more.
    const ring = { x: 0.25, y: 0.5 - 1.15 / 4 };
    expect((await pixel('after', ring.x, ring.y))[0]).toBe(255);
    await slide(page, 'strength', 50);
    await untilState(page, 'ready');
    expect(service.queries).toEqual([
      'output=map&format=png&refine=crf',
      'output=map&format=png&refine=none',
    ]);
    await untilDrawn(page);
    expect((await pixel('after', ring.x, ring.y))[0]).toBe(192);
    await choose(page, 'refine', 'none');
    expect((await pixel('after', ring.x, ring.y))[0]).toBe(128);
    expect(service.queries).toHaveLength(2);
  });

  it('send the picture again only for a map that is not on its way', async () => {
    let release = () => {};
    service.gate = new Promise((done) => {
      release = done;
    });
    await page.setInputFiles('#file', await pictureFile());
    await untilState(page, 'busy');
    await expect.poll(() => service.queries.length).toBe(1);
    await choose(page, 'view', 'map');
    await slide(page, 'threshold', 0.2);
    await slide(page, 'strength', 60);
    await expect.poll(() => service.queries.length).toBe(2);
    for (const strength of [55, 50, 45]) await slide(page, 'strength', strength);
    release();
    await untilState(page, 'ready');
    const asked = service.queries.map((query) => new URLSearchParams(query).get('refine'));
    expect(asked).toEqual(['crf', 'none', 'crf']);
    expect(service.left).toBe(1);
  });

  it('draw boxes around the parts', async () => {
    await openPicture(page);
    expect(await page.locator('#overlay path').count()).toBe(0);
    await page.check('#boxes');
    await untilDrawn(page);
    expect(await page.locator('#overlay path.over').count()).toBe(1);
  });

  it('put a colour behind the cut-out', async () => {
    await openPicture(page);
    await choose(page, 'background', '#ffffff');
    expect(await pixel('after', 0.75, 0.5)).toEqual([255, 255, 255, 255]);
    await choose(page, 'background', 'colour');
    await page.locator('#colour').fill('#336699');
    await untilDrawn(page);
    expect(await pixel('after', 0.75, 0.5)).toEqual([0x33, 0x66, 0x99, 255]);
  });

  it('say that nothing stands out where nothing does', async () => {
    await openPicture(
      page,
      sharp({ create: { width: 64, height: 64, channels: 3, background: '#8090a0' } })
        .png()
        .toBuffer(),
    );
    expect(await page.locator('#hint').textContent()).toContain('Nothing stands out');
  });
});

describe('before and after', () => {
  const split = () => page.locator('#compare').getAttribute('aria-valuenow').then(Number);

  it('is a slider for the keyboard', async () => {
    await openPicture(page);
    await page.focus('#compare');
    expect(await split()).toBe(50);
    await page.keyboard.press('ArrowRight');
    expect(await split()).toBe(52);
    await page.keyboard.press('PageUp');
    expect(await split()).toBe(62);
    await page.keyboard.press('Home');
    expect(await split()).toBe(0);
    await page.keyboard.press('ArrowLeft');
    expect(await split()).toBe(0);
    await page.keyboard.press('End');
    expect(await page.locator('#compare').getAttribute('aria-valuetext')).toBe('100 % original, 0 % cut-out');
  });

  it('is a slider for the pointer, anywhere on the picture', async () => {
    await openPicture(page);
    const box = (await page.locator('#frame').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40);
    await page.mouse.down();
    expect(await split()).toBe(80);
    await page.mouse.move(box.x + box.width * 0.25, box.y + 60);
    await page.mouse.up();
    expect(await split()).toBe(25);
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    expect(await split()).toBe(25);
    const left = await page.locator('#after-layer').evaluate((layer) => getComputedStyle(layer).clipPath);
    expect(left).toContain('25%');
  });
});
