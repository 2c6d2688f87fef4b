/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../../apps/cli/build.mjs';
import { launchChromium, openPage, type WatchedPage } from './browser.js';
import { type FakeService, startFakeService } from './fake-service.js';
import { discPicture } from './pictures.js';

let browser: Browser;
let service: FakeService;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  await ensureBuilt();
  browser = await launchChromium();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  service = await startFakeService();
  await start();
});
afterEach(async () => {
  const { complaints } = watched;
  await watched.close();
  await service.close();
  expect(complaints).toEqual([]);
});

async function start(options: BrowserContextOptions = {}): Promise<void> {
  await watched?.close();
  watched = await openPage(browser, service.url, options);
  page = watched.page;
}

const file = async (buffer: Buffer | Promise<Buffer> = discPicture(), name = 'disc.png') => ({
  name,
  mimeType: name.endsWith('.jpg') ? 'image/jpeg' : 'image/png',
  buffer: await buffer,
});
const state = (name: string) => page.waitForSelector(`main[data-state=${name}]`);
/** Two frames: what a control has changed is drawn. */
const drawn = () =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

async function open(buffer?: Buffer | Promise<Buffer>, name?: string): Promise<void> {
  await page.setInputFiles('#file', await file(buffer, name));
  await state('ready');
  await drawn();
}

async function choose(name: string, value: string): Promise<void> {
  await page.locator(`input[name="${name}"][value="${value}"]`).check();
  await drawn();
}

/** Sets a slider as a hand would: its value, and the event. */
async function slide(id: string, value: number): Promise<void> {
  await page.locator(`#${id}`).fill(String(value));
  await drawn();
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

async function save(what: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`[data-save=${what}]`).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

describe('a picture', () => {
  it('that is picked is sent as it is, and shown with its cut-out', async () => {
    const picture = await discPicture();
    await open(picture);
    expect(service.body.equals(picture)).toBe(true);
    expect(service.queries).toEqual(['output=map&format=png&refine=crf']);
    expect(await pixel('before', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    expect(await pixel('after', 0.75, 0.5)).toEqual([0, 0, 0, 0]);
    expect(await page.locator('#fact-size').textContent()).toBe('400 × 300');
    expect(await page.locator('#fact-parts').textContent()).toBe('1');
  });

  it('is seen in every view', async () => {
    await open();
    await choose('view', 'map');
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 255, 255, 255]);
    expect(await pixel('after', 0.75, 0.5)).toEqual([0, 0, 0, 255]);
    await choose('view', 'mask');
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 255, 255, 255]);
    await choose('view', 'heatmap');
    const [hot, cold] = [await pixel('after', 0.25, 0.5), await pixel('after', 0.75, 0.5)];
    expect(hot[0]! + hot[1]!).toBeGreaterThan(cold[0]! + cold[1]! + 100);
    await choose('view', 'original');
    expect(await page.locator('#compare').isVisible()).toBe(false);
  });

  it('turned by its EXIF orientation is shown, sent and measured upright', async () => {
    await open(discPicture({ format: 'jpeg', orientation: 6 }), 'turned.jpg');
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
    await state('ready');
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
    await state('ready');
    expect(await pixel('after', 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    await page.click('#another');
    await page.click('#paste');
    await state('ready');
    expect(service.queries).toHaveLength(2);
  });

  it('can be one of the samples', async () => {
    await page.locator('#samples button').first().click();
    await page.waitForSelector('#work:not([hidden])');
    await state('ready');
    expect(await page.locator('#samples img').first().getAttribute('alt')).not.toBe('');
  });

  it('replaces the one before, whose request is aborted', async () => {
    let release = () => {};
    service.gate = new Promise((resolve) => {
      release = resolve;
    });
    await page.setInputFiles('#file', await file());
    await state('busy');
    await expect.poll(() => service.queries.length).toBe(1);
    await page.setInputFiles('#file', await file(discPicture({ width: 200, height: 200 })));
    await expect.poll(() => service.left).toBe(1);
    release();
    await state('ready');
    expect(await page.locator('#fact-size').textContent()).toBe('200 × 200');
  });
});

describe('the sliders', () => {
  it('change the cut-out, the mask and the boxes without a new request', async () => {
    await open();
    await choose('refine', 'none');
    await state('ready');
    const requests = service.queries.length;
    await slide('threshold', 0.2);
    const wide = await opaque();
    await slide('threshold', 0.95);
    const narrow = await opaque();
    expect(wide).toBeGreaterThan(1.4 * narrow);
    expect(narrow).toBeGreaterThan(1000);
    expect(await page.locator('#threshold-auto').isChecked()).toBe(false);
    expect(await page.locator('#threshold-value').textContent()).toBe('0.95');
    expect(service.queries).toHaveLength(requests);
    await page.check('#threshold-auto');
    await drawn();
    expect(Number(await page.locator('#threshold-value').textContent())).toBeLessThan(0.8);
  });

  it('mix the plain and the refined map', async () => {
    await open();
    await choose('view', 'map');
    // The ring is half red: refined it counts as 128 of 255 and more.
    const ring = { x: 0.25, y: 0.5 - 1.15 / 4 };
    expect((await pixel('after', ring.x, ring.y))[0]).toBe(255);
    await slide('strength', 50);
    await state('ready');
    expect(service.queries).toEqual([
      'output=map&format=png&refine=crf',
      'output=map&format=png&refine=none',
    ]);
    await drawn();
    expect((await pixel('after', ring.x, ring.y))[0]).toBe(192);
    await choose('refine', 'none');
    expect((await pixel('after', ring.x, ring.y))[0]).toBe(128);
    expect(service.queries).toHaveLength(2);
  });

  it('draw boxes around the parts', async () => {
    await open();
    expect(await page.locator('#overlay path').count()).toBe(0);
    await page.check('#boxes');
    await drawn();
    expect(await page.locator('#overlay path.over').count()).toBe(1);
  });

  it('put a colour behind the cut-out', async () => {
    await open();
    await choose('background', '#ffffff');
    expect(await pixel('after', 0.75, 0.5)).toEqual([255, 255, 255, 255]);
    await choose('background', 'colour');
    await page.locator('#colour').fill('#336699');
    await drawn();
    expect(await pixel('after', 0.75, 0.5)).toEqual([0x33, 0x66, 0x99, 255]);
  });

  it('say that nothing stands out where nothing does', async () => {
    await open(
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
    await open();
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
    await open();
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

describe('a download', () => {
  it('of each view is an image of the right size', async () => {
    await open(discPicture({ width: 1600, height: 1200 }));
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
    await open();
    await choose('view', 'crop');
    await choose('ratio', '16:9');
    const { name, bytes } = await save('crop');
    expect(name).toBe('disc-crop.png');
    const { width = 0, height = 0 } = await sharp(bytes).metadata();
    expect(width / height).toBeCloseTo(16 / 9, 1);
    expect(await page.locator('#crop-size').textContent()).toBe(`${width} × ${height} pixels`);
    expect(await page.locator('#crop-preview').evaluate((canvas: HTMLCanvasElement) => canvas.width)).toBe(
      width,
    );
    await slide('margin', 40);
    expect((await sharp((await save('crop')).bytes).metadata()).height).toBeGreaterThan(height);
  });

  it('comes as WebP and as JPEG too, that on white', async () => {
    await open();
    await page.selectOption('#format', 'webp');
    expect((await sharp((await save('cutout')).bytes).metadata()).format).toBe('webp');
    await page.selectOption('#format', 'jpeg');
    const { name, bytes } = await save('cutout');
    expect(name).toBe('disc-cutout.jpg');
    const corner = await sharp(bytes).extract({ left: 390, top: 5, width: 1, height: 1 }).raw().toBuffer();
    expect([...corner]).toEqual([255, 255, 255]);
  });

  it('of the boxes is JSON as the service writes it', async () => {
    await open();
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
    await open();
    await page.click('#copy');
    await expect.poll(() => page.locator('#copy').textContent()).toBe('Copied');
    const types = await page.evaluate(async () =>
      (await navigator.clipboard.read()).flatMap(({ types }) => types),
    );
    expect(types).toEqual(['image/png']);
  });
});
