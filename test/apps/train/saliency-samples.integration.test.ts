import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../../apps/cli/build.mjs';
import { openSaliencyBatches } from '../../../apps/train/saliency-batches.js';
import { type BatchPlan, createBatchMaker, MILD_AUGMENTATION } from '../../../apps/train/saliency-samples.js';

const WIDTH = 60;
const HEIGHT = 40;
const COUNT = 6;
/** Mirrored, and nothing else. */
const STILL = { ...MILD_AUGMENTATION, minCrop: 1, colour: 0 };

let folder = '';
let plan: BatchPlan;

/** A white object on the left half of a picture whose red is full there and whose blue tells which picture it is. */
beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-samples-'));
  await mkdir(folder, { recursive: true });
  const photos = [];
  for (let id = 0; id < COUNT; id++) {
    const pixels = Buffer.alloc(3 * WIDTH * HEIGHT);
    const mask = Buffer.alloc(WIDTH * HEIGHT);
    for (let i = 0; i < mask.length; i++) {
      const inside = i % WIDTH < WIDTH / 2;
      pixels.set([inside ? 255 : 0, 128, 40 * id], 3 * i);
      mask[i] = inside ? 255 : 0;
    }
    const paths = { image: join(folder, `${id}.image.png`), mask: join(folder, `${id}.png`) };
    const raw = (channels: 1 | 3) => ({ raw: { width: WIDTH, height: HEIGHT, channels } });
    await sharp(pixels, raw(3)).png().toFile(paths.image);
    await sharp(mask, raw(1)).toColourspace('b-w').png().toFile(paths.mask);
    photos.push(paths);
  }
  plan = { photos, seed: 3, batch: 3, sides: [32, 64], augmentation: STILL };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Which picture a sample was made from. */
function identity(data: Float32Array, sample: number, side: number): number {
  return Math.round(((data[3 * sample * side * side + 2]! + 1) * 127.5) / 40);
}

describe('createBatchMaker', () => {
  it('shows every photograph once before any again, each with its own mask', async () => {
    const maker = createBatchMaker(plan);
    const seen: number[] = [];
    for (let index = 0; index < 4; index++) {
      const { data, mask, side, count } = await maker.make(index);
      expect([32, 64]).toContain(side);
      expect(data.length).toBe(3 * count * side * side);
      for (let sample = 0; sample < count; sample++) {
        seen.push(identity(data, sample, side));
        for (let i = 0; i < side * side; i++) {
          const at = sample * side * side + i;
          // Away from the edge between the halves, red is the mask: mirrored together, if at all.
          if (Math.abs((i % side) - side / 2) > 3) expect(data[3 * at]! > 0).toBe(mask[at]! > 0.5);
        }
      }
    }
    expect(new Set(seen.slice(0, COUNT)).size).toBe(COUNT);
    expect(new Set(seen.slice(COUNT)).size).toBe(COUNT);
  });

  it('mirrors, crops and changes colours, within the range of the network', async () => {
    const maker = createBatchMaker({
      ...plan,
      sides: [32],
      augmentation: { ...STILL, minCrop: 0.5, colour: 1 },
    });
    const shares = new Set<number>();
    const leftInside = new Set<boolean>();
    for (let index = 0; index < 4; index++) {
      const { data, mask, count } = await maker.make(index);
      expect(data.every((v) => v >= -1 && v <= 1)).toBe(true);
      for (let sample = 0; sample < count; sample++) {
        const own = mask.subarray(sample * 1024, (sample + 1) * 1024);
        shares.add(Math.round(own.reduce((a, b) => a + b, 0) / 32));
        leftInside.add(own[0]! > own[31]!);
      }
    }
    expect(shares.size).toBeGreaterThan(3);
    expect(leftInside.size).toBe(2);
  });
});

describe('augmentation', () => {
  const gray = (value: number) => Math.round((value + 1) * 127.5);

  it('turns and shows more than the photograph, mask and image alike, the rim mirrored', async () => {
    const augmentation = { ...STILL, maxCrop: 1.5, rotation: 30 };
    const { data, mask, count } = await createBatchMaker({ ...plan, sides: [32], augmentation }).make(0);
    const rows = new Set<string>();
    for (let sample = 0; sample < count; sample++) {
      const own = mask.subarray(1024 * sample, 1024 * (sample + 1));
      for (let i = 0; i < own.length; i++) {
        const red = gray(data[3 * (1024 * sample + i)]!);
        expect(Math.abs(red - 255 * own[i]!)).toBeLessThan(2);
        // Green is the same all over, beyond the rim too.
        expect(gray(data[3 * (1024 * sample + i) + 1]!)).toBe(128);
      }
      rows.add(own.subarray(0, 32).join());
      rows.add(own.subarray(32 * 31).join());
    }
    expect(rows.size).toBeGreaterThan(count);
  });

  it("puts another photograph's object into one, and into its mask", async () => {
    const none = await createBatchMaker({ ...plan, sides: [32], augmentation: STILL }).make(0);
    const augmentation = { ...STILL, paste: 1 };
    const some = await createBatchMaker({ ...plan, sides: [32], augmentation }).make(0);
    let added = 0;
    for (let i = 0; i < none.mask.length; i++) {
      const before = identity(none.data.subarray(3 * i), 0, 32);
      const after = identity(some.data.subarray(3 * i), 0, 32);
      if (some.mask[i]! === 0) expect(after).toBe(identity(some.data, Math.floor(i / 1024), 32));
      if (some.mask[i]! > 0.99 && after !== before) {
        added++;
        // What was pasted is an object: red.
        expect(gray(some.data[3 * i]!)).toBe(255);
      }
    }
    expect(added).toBeGreaterThan(30);
  });

  it('blurs and adds noise without touching the mask', async () => {
    const augmentation = { ...STILL, degrade: 1 };
    const still = createBatchMaker({ ...plan, sides: [32], augmentation: STILL });
    const degraded = createBatchMaker({ ...plan, sides: [32], augmentation });
    let changed = 0;
    for (let index = 0; index < 4; index++) {
      const [a, b] = [await still.make(index), await degraded.make(index)];
      expect(b.mask).toEqual(a.mask);
      expect(b.data.every((v) => v >= -1 && v <= 1)).toBe(true);
      for (let sample = 0; sample < a.count; sample++) {
        const part = (data: Float32Array) => data.subarray(3072 * sample, 3072 * (sample + 1));
        if (part(a.data).some((v, i) => v !== part(b.data)[i])) changed++;
      }
    }
    expect(changed).toBeGreaterThan(2);
    expect(changed).toBeLessThan(12);
  });
});

describe('openSaliencyBatches', () => {
  it('gives the same batches from threads as in the calling one, and goes on where it was left', async () => {
    const threaded = openSaliencyBatches(plan, 0, 2);
    const direct = openSaliencyBatches(plan, 0, 0);
    for (let i = 0; i < 3; i++) expect(await threaded.next()).toEqual(await direct.next());
    expect(threaded.state()).toEqual({ next: 3 });
    await threaded.close();
    const resumed = openSaliencyBatches(plan, 3, 1);
    expect(await resumed.next()).toEqual(await direct.next());
    await resumed.close();
  });

  it('says which data it could not read', async () => {
    const missing = { image: join(folder, 'none.png'), mask: join(folder, 'none.png') };
    const dataset = openSaliencyBatches({ ...plan, photos: [missing] }, 0, 1);
    await expect(dataset.next()).rejects.toMatchObject({ code: 'training_failed' });
    await dataset.close();
  });
});
