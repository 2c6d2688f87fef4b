import { beforeAll, describe, expect, it } from 'vitest';
import type { CompressionTask, PassContext, TuneOptions } from '../../../compression/pass.js';
import { pruneChannels } from '../../../compression/prune/prune-channels.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { costOf } from '../../../models/graph/cost.js';
import type { Graph } from '../../../models/graph/ir.js';
import { maxDifference, parity, randomFeed, runInTfjs } from '../export/onnx/parity.js';
import { built, unit } from './channels/coupled-graphs.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const SHAPE = [1, 16, 24, 3];
const inputShapes = { x: SHAPE };

/** 32 and 48 channels in residual blocks. */
const network = built([null, null, null, 3], (b, x) => {
  let y = unit(b, x, 'stem', 32, 2);
  for (const name of ['block1', 'block2']) y = b.add(y, unit(b, unit(b, y, `${name}a`, 48), `${name}b`, 32));
  return [b.conv(y, { name: 'head', filters: 2, kernel: [1, 1] })];
});

function taskWith(more: Partial<CompressionTask> = {}): CompressionTask {
  return {
    inputShapes,
    calibration: async (count) => Array.from({ length: count }, (_, i) => ({ x: randomFeed(SHAPE, i) })),
    evaluate: async () => ({ quality: 0, metrics: {} }),
    ...more,
  };
}

const apply = async (options: Parameters<typeof pruneChannels>[0], context: PassContext) => {
  const before = structuredClone([...network.params]);
  const result = await pruneChannels(options).apply(network, context);
  expect([...network.params]).toEqual(before);
  return result;
};
const withTask: PassContext = { seed: 1, task: taskWith() };
const widthOf = (graph: Graph, layer: string) => graph.params.get(`${layer}/weight`)!.shape.at(-1)!;
const macs = (graph: Graph) => costOf(graph, inputShapes).macs;

describe('prune-channels', () => {
  it.each([0.8, 0.5, 0.3])('comes to at most %f of the MACs, by multiples of 8', async (keep) => {
    const { graph, report } = await apply({ target: { of: 'macs', keep } }, withTask);
    expect(macs(graph)).toBeLessThanOrEqual(keep * macs(network));
    expect(macs(graph)).toBeGreaterThan(0.6 * keep * macs(network));
    for (const layer of ['stem', 'block1a', 'block2a']) expect(widthOf(graph, layer) % 8).toBe(0);
    // A residual sum keeps its branches alike.
    expect(widthOf(graph, 'block1b')).toBe(widthOf(graph, 'stem'));
    expect(widthOf(graph, 'block2b')).toBe(widthOf(graph, 'stem'));
    expect(report.layers.length).toBeGreaterThan(0);
    expect(await parity(graph, { x: randomFeed(SHAPE, 3) })).toBeLessThan(1e-4);
  });

  it('comes to bytes without data, and to a ratio in several rounds', async () => {
    const sizeOf = (graph: Graph) =>
      [...graph.params.values()].reduce((sum, { data }) => sum + data.length, 0);
    const small = await apply({ target: { of: 'bytes', most: 2 * sizeOf(network) } }, { seed: 1 });
    expect(sizeOf(small.graph)).toBeLessThanOrEqual(sizeOf(network) / 2);
    const narrow = await apply({ ratio: 0.5, scope: 'uniform', steps: 3, roundTo: 1 }, { seed: 1 });
    expect(widthOf(narrow.graph, 'block1a')).toBe(24);
    expect(narrow.graph.meta.pruning).toHaveLength(3);
  });

  it('takes from where a channel costs most, when it judges by cost', async () => {
    const twoSizes = built([null, null, null, 3], (b, x) => {
      const fine = unit(b, unit(b, x, 'fine1', 32), 'fine2', 32);
      return [
        b.conv(unit(b, unit(b, fine, 'coarse1', 32, 2), 'coarse2', 32, 2), {
          name: 'head',
          filters: 2,
          kernel: [1, 1],
        }),
      ];
    });
    const pruned = async (perCost: boolean) => {
      const options = { target: { of: 'macs', keep: 0.6 }, normalization: 'none', perCost } as const;
      return (await pruneChannels(options).apply(twoSizes, withTask)).graph;
    };
    const widths = (graph: Graph) =>
      ['fine1', 'fine2', 'coarse1', 'coarse2'].map((layer) => widthOf(graph, layer));
    const [byWeights, byCost] = [await pruned(false), await pruned(true)].map(widths);
    expect(Math.min(...byCost!.slice(0, 2))).toBeLessThan(32);
    // A channel of the coarsest layer costs a sixteenth.
    expect(byCost![3]).toBe(32);
    expect(Math.min(...byCost!.slice(2))).toBeGreaterThan(Math.min(...byWeights!.slice(2)));
  });

  it('leaves what is ignored, and what is coupled to it', async () => {
    const { graph, report } = await apply({ ratio: 0.5, ignore: ['block1b'] }, { seed: 1 });
    expect(widthOf(graph, 'stem')).toBe(32);
    expect(widthOf(graph, 'block2a')).toBeLessThan(48);
    expect(report.skipped.map(({ node }) => node)).toEqual(expect.arrayContaining(['stem', 'block1b']));
  });

  it('tunes after each round', async () => {
    const calls: TuneOptions[] = [];
    const tune: CompressionTask['tune'] = async (graph, options) => {
      calls.push(options);
      return graph;
    };
    const context = { seed: 1, task: taskWith({ tune }) };
    await apply({ target: { of: 'macs', keep: 0.5 }, steps: 2, minutes: 3, learningRate: 1e-3 }, context);
    expect(calls.map(({ name, minutes, learningRate }) => [name, minutes, learningRate])).toEqual([
      ['prune-channels-1', 1.5, 1e-3],
      ['prune-channels-2', 1.5, 1e-3],
    ]);
  });

  it('does less damage where the weights that are left are fitted', async () => {
    const damage = (graph: Graph) => {
      const feeds = { x: randomFeed(SHAPE, 70) };
      return maxDifference(runInTfjs(network, feeds), runInTfjs(graph, feeds));
    };
    const options = { target: { of: 'macs', keep: 0.6 } } as const;
    const plain = await apply(options, withTask);
    const fitted = await apply({ ...options, reconstruct: 8 }, withTask);
    expect(macs(fitted.graph)).toBe(macs(plain.graph));
    expect(damage(fitted.graph)).toBeLessThan(0.8 * damage(plain.graph));
  });

  it.each<[string, Parameters<typeof pruneChannels>[0], PassContext]>([
    ['MACs without data', { target: { of: 'macs', keep: 0.5 } }, { seed: 1 }],
    ['fitting without data', { ratio: 0.5, reconstruct: 8 }, { seed: 1 }],
    ['tuning without training data', { ratio: 0.5, minutes: 1 }, withTask],
    ['gradients without training data', { ratio: 0.5, score: 'taylor' }, withTask],
    ['a target out of reach', { target: { of: 'macs', keep: 0.001 } }, withTask],
    ['to ignore everything', { ratio: 0.5, ignore: ['*'] }, withTask],
    ['a ratio that removes nothing', { ratio: 0.01, roundTo: 16 }, withTask],
  ])('refuses %s', async (_, options, context) => {
    await expect(apply(options, context)).rejects.toMatchObject({ code: 'invalid_config' });
  });

  it('takes one goal, not two', () => {
    expect(() => pruneChannels({ ratio: 0.5, target: { of: 'macs', keep: 0.5 } })).toThrow(/exactly one/);
    expect(() => pruneChannels({})).toThrow(/exactly one/);
    expect(() => pruneChannels({ ratio: 0.5, perCost: true })).toThrow(/perCost needs a target/);
  });
});
