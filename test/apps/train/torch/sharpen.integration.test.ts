/** A saliency network whose logits are multiplied. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../../models/base/random.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { execute } from '../../../../models/graph/execute.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { loadGraph, saveGraph } from '../../../../models/graph/serialize.js';
import { saliencyConfigSchema } from '../../../../models/saliency/config.js';
import {
  buildSaliency,
  nameOutputs,
  saliencyInputShapes,
  type TrainingOutputs,
} from '../../../../models/saliency/network.js';
import { runTorch, TORCH_FOLDER, WITHOUT_TORCH } from './torch.js';

const config = saliencyConfigSchema.parse({ side: 64, segment: { counts: [6, 12] } });
const folder = await mkdtemp(join(tmpdir(), 'pocketlens-sharpen-'));
const [plain, sharp] = [join(folder, 'plain.safetensors'), join(folder, 'sharp.safetensors')];
beforeAll(async () => {
  await loadEngine();
});
afterAll(() => rm(folder, { recursive: true }));

function run(graph: Graph): TrainingOutputs<number[]> {
  const maps = tf.tidy(() => {
    const feeds = Object.entries(saliencyInputShapes(config)).map(([id, shape]) => {
      const random = new Random(1, id);
      const count = shape.reduce((a, b) => a * b, 1);
      const values = Float32Array.from({ length: count }, () => random.range(0, 0.2));
      return [id, tf.tensor(values, shape)] as const;
    });
    return execute(graph, Object.fromEntries(feeds)).map((map) => [...map.dataSync()]);
  });
  return nameOutputs(maps);
}

const sharpen = (by: string) => runTorch([join(TORCH_FOLDER, 'sharpen.py'), plain, '--by', by, '-o', sharp]);

describe.skipIf(WITHOUT_TORCH)('sharpen.py', () => {
  it('multiplies the logits of streams and fusion, and nothing else', async () => {
    await saveGraph(plain, buildSaliency(config, 3));
    await sharpen('1.5');
    const [before, after] = [run(await loadGraph(plain)), run(await loadGraph(sharp))];
    const expectTimes = (factor: number, map: (outputs: TrainingOutputs<number[]>) => number[]) => {
      const wanted = map(before).map((logit) => factor * logit);
      const most = Math.max(...wanted.map(Math.abs));
      map(after).forEach((logit, i) => {
        expect(Math.abs(logit - wanted[i]!)).toBeLessThan(1e-5 * most);
      });
    };
    expectTimes(1.5, ({ dense }) => dense);
    expectTimes(1.5, ({ streams }) => streams!.segment);
    expectTimes(1.5, ({ streams }) => streams!.fused);
    expectTimes(1, ({ contour }) => contour);
    before.sides.forEach((_, i) => {
      expectTimes(1, ({ sides }) => sides[i]!);
    });
  });

  it('refuses factors that turn maps around', async () => {
    await expect(sharpen('-1')).rejects.toThrow('Expected a factor above 0 for --by but received -1.0');
  });
});
