/** Packed samples, read back. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { packDetector } from '../../../../apps/train/pack/pack-detector.js';
import { PHOTO_SIDE, packSaliency } from '../../../../apps/train/pack/pack-saliency.js';
import type { PageBatch } from '../../../../apps/train/page-batches.js';

const folder = await mkdtemp(join(tmpdir(), 'pocketlens-pack-'));
afterAll(() => rm(folder, { recursive: true }));

async function read(path: string): Promise<{ width: number; channels: number; data: Buffer }> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, channels: info.channels, data };
}

it('packs photographs with their masks and segments, squashed to squares', async () => {
  const [width, height] = [120, 60];
  const pixels = Buffer.alloc(3 * width * height);
  const mask = Buffer.alloc(width * height);
  for (let i = 0; i < mask.length; i++) {
    const left = i % width < width / 2;
    pixels.set(left ? [220, 40, 40] : [30, 60, 200], 3 * i);
    mask[i] = left ? 255 : 0;
  }
  const photo = { image: join(folder, 'photo.png'), mask: join(folder, 'photo-mask.png') };
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(photo.image);
  await sharp(mask, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(photo.mask);
  const output = join(folder, 'photos');
  await packSaliency({ photos: [photo, photo], output });
  expect((await readdir(output)).length).toBe(6);
  const image = await read(join(output, '000001.webp'));
  expect(image.width).toBe(PHOTO_SIDE);
  const at = (x: number) => [
    ...image.data.subarray(3 * (PHOTO_SIDE * 100 + x), 3 * (PHOTO_SIDE * 100 + x) + 3),
  ];
  expect(at(40)[0]).toBeGreaterThan(190);
  expect(at(280)[2]).toBeGreaterThan(170);
  const packedMask = await read(join(output, '000001.mask.webp'));
  expect(packedMask.data[packedMask.channels * (PHOTO_SIDE * 100 + 40)]).toBe(255);
  expect(packedMask.data[packedMask.channels * (PHOTO_SIDE * 100 + 280)]).toBe(0);
  // No segment lies on both sides of the edge between the halves.
  const segments = await read(join(output, '000001.segments.webp'));
  expect(segments.channels).toBe(3);
  for (let scale = 0; scale < 3; scale++) {
    const [left, right] = [new Set<number>(), new Set<number>()];
    for (let i = 0; i < segments.width ** 2; i++) {
      const x = i % segments.width;
      if (Math.abs(x - segments.width / 2) < 2) continue;
      (x < segments.width / 2 ? left : right).add(segments.data[3 * i + scale]!);
    }
    expect(left.size).toBeGreaterThan(5);
    expect([...left].filter((segment) => right.has(segment))).toEqual([]);
  }
});

it('packs as many squares as are asked for, grey', async () => {
  const side = 32;
  let next = 0;
  const batch = (): PageBatch => {
    const data = Float32Array.from(
      { length: 4 * side * side },
      (_, i) => (next + Math.floor(i / side ** 2)) / 10 - 1,
    );
    next += 4;
    const none = new Float32Array(0);
    return { count: 4, side, data, core: none, coreWeight: none, geometry: none, geometryWeight: none };
  };
  const output = join(folder, 'squares');
  const seen: number[] = [];
  await packDetector({
    squares: { next: async () => batch() },
    count: 6,
    output,
    onSample: (done) => seen.push(done),
  });
  expect(await readdir(output)).toEqual(Array.from({ length: 6 }, (_, i) => `00000${i}.webp`));
  expect(seen).toEqual([4, 6]);
  const { data, width } = await read(join(output, '000005.webp'));
  expect(width).toBe(side);
  expect(data[0]).toBeGreaterThan(60);
  expect(data[0]).toBeLessThan(68);
});

it('stops when it is told to', async () => {
  const output = join(folder, 'none');
  await expect(
    packSaliency({ photos: [{ image: 'x', mask: 'y' }], output, signal: AbortSignal.abort() }),
  ).rejects.toThrow();
});
