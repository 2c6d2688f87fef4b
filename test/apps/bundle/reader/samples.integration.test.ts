import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../apps/bundle/manifest/schema.js';
import { type BundleReader, openBundle } from '../../../../apps/bundle/reader/open-bundle.js';
import { onnxRuntime } from '../../../../apps/bundle/verify/runtimes/onnx.js';
import { decodePages } from '../../../../apps/files/decode-image.js';
import { decodePicture } from '../../../../apps/files/decode-picture.js';
import { pageText } from '../../../../apps/ocr/formats/text.js';
import { openPageReader, type PageReader } from '../../../../apps/ocr/read-page.js';
import { findSubject } from '../../../../apps/saliency/find-subject.js';
import { openNamedModel } from '../../../../apps/saliency/open-model.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { rotate90 } from '../../../../models/runtime/resample.js';
import { builtBundle } from '../built-bundle.js';

const sample = (name: string) => join(packageRoot(), 'samples', name);
let reader: BundleReader;
let app: PageReader;
let builtManifest: Manifest;

beforeAll(async () => {
  const { manifest, files } = await builtBundle();
  builtManifest = manifest;
  const runtime = (await onnxRuntime.find())!;
  reader = openBundle(manifest, async (path) => files.get(path)!, runtime);
  app = await openPageReader();
});
afterAll(async () => {
  await reader.dispose();
  await app.dispose();
});

async function grey(name: string) {
  for await (const { page, image } of decodePages({ path: sample(name) })) return { page, image };
  throw new Error(`no page in ${name}`);
}

/** As browsers give pixels. */
async function rgba(name: string) {
  const { data, info } = await sharp(sample(name))
    .ensureAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
}

async function commandText(image: Awaited<ReturnType<typeof grey>>['image']) {
  const read = await app.readPage(image, { mode: 'page' });
  return pageText({ number: 1, ...read })
    .split('\n')
    .filter((line) => line !== '')
    .join('\n');
}

describe('the reader on samples', () => {
  for (const name of ['receipt.jpg', 'scanned-page.png', 'screenshot.png', 'sign.jpg', 'selftest.png'])
    it(`reads ${name} as the command does, line by line, from colours`, async () => {
      const wanted = await commandText((await grey(name)).image);
      const { text, lines } = await reader.readPage(await rgba(name));
      expect(text).toBe(wanted);
      expect(lines.map((line) => line.text).join('\n')).toBe(text);
    });

  it.each([180, 200, 230])(
    'looks again at a blurred scene of %i pixels as the command does',
    async (side) => {
      const blurred = sharp(sample('sign.jpg')).resize({ width: side }).greyscale().blur(1);
      const { data, info } = await blurred.raw().toBuffer({ resolveWithObject: true });
      const image = { width: info.width, height: info.height, data: new Uint8Array(data) };
      const { text, lines } = await reader.readPage(image);
      expect(lines.length).toBeGreaterThan(0);
      expect(Math.min(...lines.map(({ confidence }) => confidence))).toBeLessThan(
        builtManifest.page!.secondLook.certain,
      );
      expect(text).toBe(await commandText(image));
    },
  );

  it('turns pages upright', async () => {
    const { image } = await grey('screenshot.png');
    const upright = await reader.readPage(image);
    for (const turns of [1, 2]) {
      const turned = rotate90(image, turns);
      const { text, rotation, lines } = await reader.readPage(turned);
      expect(text).toBe(await commandText(turned));
      expect(text.split('\n')[0]).toBe(upright.text.split('\n')[0]);
      expect(rotation).toBe(360 - 90 * turns);
      // Quads are where the lines stand in the picture as given.
      const [x, y] = lines[0]!.quad[0];
      if (turns === 1) expect(x).toBeGreaterThan(turned.width / 2);
      else expect(y).toBeGreaterThan(turned.height / 2);
    }
  });

  it('finds digits that stand by themselves in the rows of a table, as the command does', async () => {
    const font = 'font-family="DejaVu Sans, sans-serif" font-size="22"';
    const row = (y: number, name: string, digits: string) =>
      `<g ${font}><text x="60" y="${y}">${name}</text>${[...digits]
        .map((digit, i) => `<text x="${620 + 180 * i}" y="${y}">${digit}</text>`)
        .join('')}</g>`;
    const names = [
      'Blue paint, two litres',
      'Brushes',
      'Sandpaper, fine',
      'Wood screws, boxes',
      'Masking tape',
    ];
    const rows = names.map((name, i) => row(220 + 60 * i, name, `${i + 2}${9 - i}${i + 4}`));
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1240" height="1000"><rect width="1240" height="1000" fill="#fff"/>${rows.join('')}</svg>`;
    const { data, info } = await sharp(Buffer.from(svg))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { width: info.width, height: info.height, data: new Uint8Array(data) };
    const { text } = await reader.readPage(image);
    expect(text).toBe(await commandText(image));
    expect(text.match(/\b\d\b/g)?.length).toBeGreaterThanOrEqual(9);
  });

  it('reads one line', async () => {
    const path = join(packageRoot(), 'apps', 'bundle', 'goldens', 'recognizer.png');
    const { data, info } = await sharp(readFileSync(path)).raw().toBuffer({ resolveWithObject: true });
    const picture = { width: info.width, height: info.height, data: new Uint8Array(data) };
    expect((await reader.readLine(picture)).text).toContain('27 October 2025');
  });

  for (const name of ['dog.jpg', 'coffee.jpg'])
    it(`finds in ${name} what the command finds, to one level of 255`, async () => {
      const picture = await decodePicture({ path: sample(name) });
      const { model } = await openNamedModel();
      const wanted = await findSubject(picture, model, { refine: 'none' });
      await model.dispose();
      const found = await reader.findSaliency(picture);
      let [most, sum] = [0, 0];
      found.map.forEach((value, i) => {
        const off = Math.abs(value - wanted.map.data[i]!);
        most = Math.max(most, off);
        sum += off;
      });
      // The pictures' superpixels are the same but for sums in another order.
      expect(sum / found.map.length).toBeLessThan(0.01);
      expect(most).toBeLessThanOrEqual(2);
      expect(found.threshold).toBeCloseTo(wanted.threshold, 2);
    });

  it('hides what is clear of a picture, not what is half so', async () => {
    const half = await sharp(sample('dog.jpg')).ensureAlpha(0.5).png().toBuffer();
    const picture = await decodePicture({ bytes: half, name: 'half' });
    const { data, info } = await sharp(half).raw().toBuffer({ resolveWithObject: true });
    for (let i = 0; i < info.width * 8; i++) data[4 * i + 3] = 0;
    const { model } = await openNamedModel();
    const alpha = picture.alpha!.slice();
    alpha.fill(0, 0, info.width * 8);
    const wanted = await findSubject({ ...picture, alpha }, model, { refine: 'none' });
    await model.dispose();
    const { map } = await reader.findSaliency({ width: info.width, height: info.height, data });
    let sum = 0;
    map.forEach((value, i) => {
      sum += Math.abs(value - wanted.map.data[i]!);
    });
    expect(sum / map.length).toBeLessThan(0.5);
    expect(Math.max(...map.subarray(0, info.width * 8))).toBe(0);
    expect(map.some((value) => value > 200)).toBe(true);
  });

  it('refuses pictures of no known layout', async () => {
    await expect(reader.readPage({ width: 2, height: 2, data: new Uint8Array(7) })).rejects.toThrow(
      'Expected 1, 3 or 4 values a pixel for a picture of 2 × 2 but received 7 values.',
    );
  });

  it('takes tiny, long and blank pictures', async () => {
    for (const [width, height] of [
      [1, 1],
      [700, 3],
      [3, 700],
      [64, 64],
    ] as const) {
      const blank = { width, height, data: new Uint8Array(width * height).fill(255) };
      expect((await reader.readPage(blank)).text).toBe('');
      expect((await reader.readLine(blank)).text.length).toBeLessThanOrEqual(1);
      expect((await reader.findSaliency(blank)).map).toHaveLength(width * height);
    }
  });
});
