import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pseudoMask } from '../../../apps/train/pseudo-mask.js';
import { createBatchMaker, MILD_AUGMENTATION } from '../../../apps/train/saliency-samples.js';
import { loadGrayValues, loadSaliencySet } from '../../../apps/train/scoring/saliency/labelled-set.js';

let folder = '';
let photos = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-pseudo-'));
  photos = join(folder, 'photos');
  await mkdir(join(photos, 'more'), { recursive: true });
  const draw = (width: number, height: number, background: string, path: string) =>
    sharp({ create: { width, height, channels: 3, background } }).toFile(join(photos, path));
  await draw(80, 60, '#ff0000', 'sure.png');
  await draw(40, 30, '#ff0000', 'more/sure.jpg');
  await draw(80, 60, '#00ff00', 'unsure.png');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Sure of red photographs' left half, unsure of all else. */
const teacher = {
  closed: 0,
  async open() {
    return {
      async find(path: string) {
        const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
        const { width, height, channels } = info;
        const map = Uint8Array.from({ length: width * height }, (_, i) => {
          if (data[channels * i]! < 128) return 120;
          return i % width < width / 2 ? 240 : 10;
        });
        return { map: { width, height, data: map }, seconds: 0 };
      },
      close: async () => {
        teacher.closed++;
      },
    };
  },
};

it('makes training masks of a teacher’s maps, small, and leaves out what the teacher is unsure of', async () => {
  const output = join(folder, 'set');
  const started: number[] = [];
  const result = await pseudoMask({
    photos,
    output,
    teacher,
    side: 40,
    minSure: 0.8,
    onStart: async (total) => void started.push(total),
  });
  expect(result).toEqual({ seen: 3, kept: 2 });
  expect(started).toEqual([3]);
  expect(teacher.closed).toBe(1);
  expect((await readdir(join(output, 'images'))).sort()).toEqual(['more-sure.webp', 'sure.webp']);
  const { samples } = loadSaliencySet(output);
  expect(samples.map(({ id }) => id)).toEqual(['more-sure', 'sure']);
  const mask = await loadGrayValues(samples[1]!.mask);
  expect([mask.width, mask.height, mask.data[0], mask.data[39]]).toEqual([40, 30, 240, 10]);

  // Soft targets reach the network as they are.
  const augmentation = { ...MILD_AUGMENTATION, minCrop: 1, colour: 0 };
  const batch = await createBatchMaker({
    photos: samples,
    seed: 1,
    batch: 2,
    sides: [32],
    augmentation,
  }).make(0);
  const values = new Set(Array.from(batch.mask, (v) => Math.round(255 * v)));
  expect(Math.max(...values)).toBe(240);
  expect(Math.min(...values)).toBe(10);
});

it('closes the teacher when it is interrupted', async () => {
  const before = teacher.closed;
  const options = { photos, output: join(folder, 'none'), teacher, side: 40, minSure: 0 };
  await expect(pseudoMask({ ...options, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
    'stop',
  );
  expect(teacher.closed).toBe(before + 1);
});
