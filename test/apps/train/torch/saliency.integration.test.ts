/** The saliency network's samples and losses in PyTorch, beside those that it is trained with here. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packSaliency } from '../../../../apps/train/pack/pack-saliency.js';
import { outline, outlineWeight } from '../../../../apps/train/saliency-targets.js';
import { lessonLoss, lessonOf, taughtOutputSchema } from '../../../../compression/distill/outputs.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { Random } from '../../../../models/base/random.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { nameOutputs } from '../../../../models/saliency/network.js';
import { segmentFeeds } from '../../../../models/saliency/segment-feeds.js';
import { SEGMENT_COUNTS } from '../../../../models/saliency/superpixels/segment-inputs.js';
import { saliencyLoss } from '../../../../models/training/losses/saliency.js';
import { runTorch, WITHOUT_TORCH } from './torch.js';

const SIDE = 288;
const COUNT = 2;
/** Of the outputs: dense, contour, four sides, segment, fused. */
const SIDES = [144, 144, 72, 36, 18, 9, 72, 144];
const random = new Random(3, 'saliency in torch');

interface Parts {
  readonly weight: number[];
  readonly contour: number[];
  readonly loss: number;
  readonly pool: number[];
  readonly neighbours: number[];
  readonly painted: number[];
}

const folder = await mkdtemp(join(tmpdir(), 'pocketlens-torch-'));
beforeAll(async () => {
  await loadEngine();
});
afterAll(() => rm(folder, { recursive: true }));

/** Discs, one of them cut by the rim. */
function drawMask(): Float32Array {
  const discs = [
    [90, 120, 60],
    [280, 40, 45],
  ] as const;
  const mask = new Float32Array(COUNT * SIDE * SIDE);
  discs.forEach(([x, y, radius], image) => {
    for (let i = 0; i < SIDE * SIDE; i++) {
      const far = Math.hypot((i % SIDE) - x, Math.floor(i / SIDE) - y) - radius;
      mask[image * SIDE * SIDE + i] = Math.max(0, Math.min(1, 0.5 - far / 2));
    }
  });
  return mask;
}

/** A photograph of patches, as a file with its mask, and its pixels. */
async function drawPhoto(): Promise<{ image: string; mask: string; data: Uint8Array }> {
  const data = new Uint8Array(3 * SIDE * SIDE);
  const colours = Array.from({ length: 36 }, () => [0, 1, 2].map(() => random.int(20, 235)));
  for (let i = 0; i < SIDE * SIDE; i++) {
    const patch = 6 * Math.floor(i / SIDE / 48) + Math.floor((i % SIDE) / 48);
    data.set(
      colours[patch]!.map((value) => value + random.int(-8, 8)),
      3 * i,
    );
  }
  const [image, mask] = [join(folder, 'photo.png'), join(folder, 'mask.png')];
  await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(image);
  await sharp(Buffer.alloc(SIDE * SIDE, 255), { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png()
    .toFile(mask);
  return { image, mask, data };
}

const tensorsOf = (maps: readonly (readonly [number, number[]])[]) =>
  maps.map(([side, data]) => tf.tensor4d(data, [COUNT, side, side, 1]));

function meanDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  let sum = 0;
  for (let i = 0; i < wanted.length; i++) sum += Math.abs(found[i]! - wanted[i]!);
  return sum / wanted.length;
}

describe.skipIf(WITHOUT_TORCH)('the saliency network in PyTorch', () => {
  it('has the labels, the loss and the segment matrices that training here has', async () => {
    const photo = await drawPhoto();
    const output = join(folder, 'pack');
    await packSaliency({ photos: [photo], output });
    const mask = drawMask();
    const maps = () =>
      SIDES.map(
        (side) =>
          [side, Array.from({ length: COUNT * side * side }, () => 2 * random.normal())] as [
            number,
            number[],
          ],
      );
    const [student, teacher] = [maps(), maps()];
    // The second image has no mask of its own: its teacher's map is.
    const fused = tensorsOf(teacher)[7]!.slice([1], [1]) as tf.Tensor4D;
    mask.set(tf.sigmoid(tf.image.resizeBilinear(fused, [SIDE, SIDE], false, true)).dataSync(), SIDE ** 2);
    const slots = SEGMENT_COUNTS.reduce((sum, count) => sum + count, 0);
    const values = Array.from({ length: slots }, () => random.normal());
    const given = join(folder, 'given.json');
    const segments = join(output, '000000.segments.webp');
    await writeFile(given, JSON.stringify({ mask: [...mask], student, teacher, segments, values }));
    const script = join(packageRoot(), 'test/apps/train/torch/saliency_parts.py');
    const found = JSON.parse(await runTorch([script, given])) as Parts;

    const weight = new Float32Array(mask.length);
    const contour = new Float32Array(mask.length / 4);
    for (let i = 0; i < COUNT; i++) {
      const own = mask.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2);
      outlineWeight(own, SIDE, weight.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2));
      outline(own, SIDE, contour.subarray((i * SIDE ** 2) / 4, ((i + 1) * SIDE ** 2) / 4));
    }
    expect(meanDifference(found.weight, weight)).toBeLessThan(1e-5);
    expect(found.contour).toEqual([...contour]);

    const loss = tf.tidy(() => {
      const [own, taught] = [tensorsOf(student), tensorsOf(teacher)];
      const lessons = [
        { output: 7, weight: 1 },
        { output: 0, weight: 0.5 },
        { output: 6, weight: 0.5 },
      ].map((lesson) => {
        const parsed = taughtOutputSchema.parse({ kind: 'sigmoid', ...lesson });
        const target = lessonOf(parsed, [taught[lesson.output]!], undefined);
        return lessonLoss(parsed, own[lesson.output]!, target, undefined);
      });
      const targets = {
        mask: tf.tensor4d(mask, [COUNT, SIDE, SIDE, 1]),
        weight: tf.tensor4d(weight, [COUNT, SIDE, SIDE, 1]),
        contour: tf.tensor4d(contour, [COUNT, SIDE / 2, SIDE / 2, 1]),
      };
      return tf.addN([saliencyLoss(nameOutputs(own), targets), ...lessons]).dataSync()[0]!;
    });
    expect(found.loss / loss).toBeCloseTo(1, 4);

    // Every second pixel of the segments is kept: shares of cells differ a little, not what is where.
    const wanted = segmentFeeds({ width: SIDE, height: SIDE, data: photo.data }, SEGMENT_COUNTS);
    const size = (matrix: Float32Array) => meanDifference(matrix, new Float32Array(matrix.length));
    expect(meanDifference(found.pool, wanted.pool)).toBeLessThan(0.15 * size(wanted.pool));
    expect(meanDifference(found.neighbours, wanted.neighbours)).toBeLessThan(0.15 * size(wanted.neighbours));
    const cells = wanted.paint.length / slots;
    const painted = Float32Array.from({ length: cells }, (_, cell) =>
      values.reduce((sum, value, slot) => sum + value * wanted.paint[cell * slots + slot]!, 0),
    );
    expect(meanDifference(found.painted, painted)).toBeLessThan(0.15 * size(painted));
  });
});
