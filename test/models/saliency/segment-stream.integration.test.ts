import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import type { ColourImage } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { execute } from '../../../models/graph/execute.js';
import { openSession } from '../../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { deployedSaliency, type StreamChoice } from '../../../models/saliency/deployed-graph.js';
import { mirrorSegments } from '../../../models/saliency/mirror.js';
import { buildSaliency } from '../../../models/saliency/network.js';
import { networkInput } from '../../../models/saliency/network-input.js';
import { saliencyOf } from '../../../models/saliency/open-saliency.js';
import { segmentFeeds } from '../../../models/saliency/segment-feeds.js';
import { availableBackends } from '../engine/backends.js';

const SIDE = 64;
const config = saliencyConfigSchema.parse({ side: SIDE, segment: { counts: [6, 12] } });
const trained = buildSaliency(config, 5);

beforeAll(async () => void (await availableBackends()));

/** A bright disc on noise, wider than high. */
function picture(): ColourImage {
  const [width, height] = [90, 70];
  const random = new Random(1, 'picture');
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.hypot(x - 40, y - 35) < 20 ? 220 : random.int(20, 90);
  });
  return { width, height, data };
}

/** The map by the graph's own execution. */
function executed(image: ColourImage, choice: StreamChoice): Float32Array {
  const { data, pixels } = networkInput(image, SIDE);
  const { pool, neighbours, paint, slots } = segmentFeeds(pixels, config.segment!.counts);
  return tf.tidy(() => {
    const planes = tf.tensor4d(data, [1, 3, SIDE, SIDE]);
    const matrices = {
      pool: tf.tensor3d(pool, [1, slots, (SIDE / 8) ** 2]),
      neighbours: tf.tensor3d(neighbours, [1, slots, slots]),
      paint: tf.tensor3d(paint, [1, (SIDE / 4) ** 2, slots]),
    };
    const [map] = execute(deployedSaliency(trained, choice), {
      image: tf.transpose(planes, [0, 2, 3, 1]),
      ...(choice !== 'dense' && matrices),
    });
    return map!.dataSync().slice() as Float32Array;
  });
}

describe('the segment stream', () => {
  it.each(['fusion', 'dense', 'segment', 'mean'] as const)(
    'gives the same map in ONNX Runtime, its matrices made of the picture: %s',
    async (choice) => {
      const graph = deployedSaliency(trained, choice);
      const model = saliencyOf(
        await openSession(exportOnnx(graph)),
        saliencyConfigSchema.parse(graph.meta.config),
      );
      const { map } = await model.predict(picture());
      await model.dispose();
      const wanted = executed(picture(), choice);
      expect(map.data.length).toBe(SIDE * SIDE);
      const off = map.data.reduce((most, p, i) => Math.max(most, Math.abs(p - wanted[i]!)), 0);
      expect(off).toBeLessThan(1e-4);
      expect(new Set(wanted).size).toBeGreaterThan(10);
    },
  );

  it('is fused between the two streams, and their mean lies halfway', () => {
    const [fused, dense, segment, mean] = (['fusion', 'dense', 'segment', 'mean'] as const).map((choice) =>
      executed(picture(), choice),
    );
    for (let i = 0; i < mean!.length; i++) expect(mean![i]).toBeCloseTo((dense![i]! + segment![i]!) / 2, 5);
    // The weights are shares of logits before they are enlarged: where both streams agree, so does what is fused.
    const inside = fused!.filter(
      (p, i) =>
        p >= Math.min(dense![i]!, segment![i]!) - 0.02 && p <= Math.max(dense![i]!, segment![i]!) + 0.02,
    );
    expect(inside.length / fused!.length).toBeGreaterThan(0.98);
  });
});

describe('a network that looks at the mirror image too', () => {
  const flipped = ({ width, height, data }: ColourImage): ColourImage => ({
    width,
    height,
    data: data.map((_, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      return data[3 * (pixel - (pixel % width) + width - 1 - (pixel % width)) + channel]!;
    }),
  });
  const open = async (choice: StreamChoice, mirror: boolean) => {
    const graph = deployedSaliency(trained, choice);
    const read = saliencyConfigSchema.parse(graph.meta.config);
    return saliencyOf(await openSession(exportOnnx(graph)), { ...read, mirror });
  };

  it('gives the mean of both', async () => {
    const [plain, both] = [await open('dense', false), await open('dense', true)];
    const [a, b, mean] = [
      await plain.predict(picture()),
      await plain.predict(flipped(picture())),
      await both.predict(picture()),
    ];
    await Promise.all([plain.dispose(), both.dispose()]);
    for (const key of ['map', 'contour'] as const) {
      const [own, other, got] = [a[key]!.data, b[key]!.data, mean[key]!.data];
      const wanted = own.map((p, i) => (p + other[i - (i % SIDE) + SIDE - 1 - (i % SIDE)]!) / 2);
      expect(wanted.reduce((most, p, i) => Math.max(most, Math.abs(p - got[i]!)), 0)).toBeLessThan(1e-5);
      // The two differ, or this would show nothing.
      expect(own.some((p, i) => Math.abs(p - got[i]!) > 1e-4)).toBe(true);
    }
    expect(mean.pixels).toEqual(a.pixels);
  });

  it('runs with segments too', async () => {
    const model = await open('fusion', true);
    const { map } = await model.predict(picture());
    await model.dispose();
    expect(map.data.length).toBe(SIDE * SIDE);
    expect(map.data.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it('has its segments mirrored: they pool and paint the mirrored cells as the others do theirs', () => {
    const { pixels } = networkInput(picture(), SIDE);
    const own = segmentFeeds(pixels, config.segment!.counts);
    const mirrored = mirrorSegments(own, SIDE);
    expect(mirrored.neighbours).toBe(own.neighbours);
    const { slots } = own;
    const [pooled, painted] = [SIDE / 8, SIDE / 4];
    let wrong = 0;
    for (let slot = 0; slot < slots; slot++) {
      for (let cell = 0; cell < pooled ** 2; cell++) {
        const opposite = cell - (cell % pooled) + pooled - 1 - (cell % pooled);
        if (mirrored.pool[slot * pooled ** 2 + cell] !== own.pool[slot * pooled ** 2 + opposite]) wrong++;
      }
      for (let cell = 0; cell < painted ** 2; cell++) {
        const opposite = cell - (cell % painted) + painted - 1 - (cell % painted);
        if (mirrored.paint[cell * slots + slot] !== own.paint[opposite * slots + slot]) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });
});
