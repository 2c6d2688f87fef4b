/** Weights brought to other widths. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startFrom } from '../../../apps/train/start-from.js';
import { pruneChannels } from '../../../compression/prune/prune-channels.js';
import { detectorConfigSchema } from '../../../models/detector/config.js';
import { buildDetector } from '../../../models/detector/network.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { execute } from '../../../models/graph/execute.js';
import { saliencyConfigSchema } from '../../../models/saliency/config.js';
import { buildSaliency, saliencyInputShapes } from '../../../models/saliency/network.js';

const config = (channels: [number, number, number, number]) =>
  detectorConfigSchema.parse({ network: { stem: 4, channels, blocks: [1, 1, 1, 1], decoder: [4, 4, 8] } });

describe('startFrom, where widths differ', () => {
  beforeAll(async () => {
    await loadEngine();
  });

  it('computes the same where layers are wider', () => {
    const source = buildDetector(config([4, 8, 8, 8]), 1);
    const graph = startFrom(buildDetector(config([6, 8, 8, 12]), 2), source);
    const [before, after] = tf.tidy(() => {
      const image = tf.randomUniform([1, 64, 64, 1], -1, 1, 'float32', 7);
      return [source, graph].map((each) => execute(each, { image }).map((output) => [...output.dataSync()]));
    });
    expect(graph.params.get('stride8/in/conv/weight')!.shape).toEqual([3, 3, 6, 8]);
    after!.forEach((values, i) => {
      expect(values).toHaveLength(before![i]!.length);
      values.forEach((value, k) => {
        expect(Math.abs(value - before![i]![k]!)).toBeLessThan(1e-4);
      });
    });
    // New channels are there to be learnt from: they are no copies of nothing.
    const made = graph.params.get('stride4/in/conv/weight')!.data.filter((_, i) => i % 6 >= 4);
    expect(made.some((value) => value !== 0)).toBe(true);
  });

  it('computes the same where channels that a concatenation joins are more', async () => {
    const saliency = saliencyConfigSchema.parse({ side: 64, segment: { counts: [6, 12] } });
    const whole = buildSaliency(saliency, 1);
    const shapes = saliencyInputShapes(saliency);
    const task = {
      inputShapes: shapes,
      calibration: async () => [],
      evaluate: async () => ({ quality: 0, metrics: {} }),
    };
    const pass = pruneChannels({ target: { of: 'macs', keep: 0.6 } });
    const { graph: source } = await pass.apply(whole, { task, seed: 1 });
    const joined = 'fusion/mix/weight';
    expect(source.params.get(joined)!.shape).not.toEqual(whole.params.get(joined)!.shape);
    const graph = startFrom(buildSaliency(saliency, 2), source);
    const [before, after] = tf.tidy(() => {
      const feeds = Object.fromEntries(
        Object.entries(shapes).map(([id, shape], i) => [id, tf.randomUniform(shape, 0, 0.2, 'float32', i)]),
      );
      return [source, graph].map((each) => execute(each, feeds).map((output) => [...output.dataSync()]));
    });
    after!.forEach((values, i) => {
      const most = Math.max(...before![i]!.map(Math.abs));
      values.forEach((value, k) => {
        expect(Math.abs(value - before![i]![k]!)).toBeLessThan(1e-4 * most);
      });
    });
  });

  it('keeps the strongest channels where layers are narrower', () => {
    const source = buildDetector(config([8, 8, 8, 8]), 1);
    // Two units of the first stage are nearly silent, wherever they are made and read.
    const silent = new Set([2, 5]);
    const params = new Map(
      [...source.params].map(([id, param]) => {
        if (!/^stride4\/.*weight$/.test(id)) return [id, param] as const;
        return [
          id,
          { ...param, data: param.data.map((v, i) => (silent.has(i % 8) ? v * 1e-3 : v)) },
        ] as const;
      }),
    );
    const graph = startFrom(buildDetector(config([6, 8, 8, 8]), 2), { ...source, params });
    const was = source.params.get('stride4/in/conv/weight')!.data;
    const is = graph.params.get('stride4/in/conv/weight')!;
    expect(is.shape).toEqual([3, 3, 4, 6]);
    const kept = [0, 1, 3, 4, 6, 7];
    expect([...is.data]).toEqual(
      Array.from({ length: 36 }, (_, row) => kept.map((unit) => was[row * 8 + unit]!)).flat(),
    );
  });
});
