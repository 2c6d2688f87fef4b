import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distill } from '../../compression/distill/distill.js';
import { tune } from '../../compression/distill/tune.js';
import { pruneWeights } from '../../compression/prune/unstructured/prune-weights.js';
import { quantize } from '../../compression/quantize/quantize.js';
import { quantizeAware } from '../../compression/quantize/training/quantize-aware.js';
import { clusterWeights } from '../../compression/share/cluster-weights.js';
import { loadEngine } from '../../models/engine/load-engine.js';
import { GraphBuilder } from '../../models/graph/builder.js';
import type { Graph } from '../../models/graph/ir.js';
import { silentShare } from '../../models/training/silent-channels.js';
import { compressionTask, Sessions, taskOn } from './distill/session.js';

const SHAPE = [2, 8, 8, 3];

function network(seed = 1): Graph {
  const b = new GraphBuilder('small', { seed });
  const x = b.input('x', [null, 8, 8, 3]);
  const first = b.relu(
    b.batchNorm(b.conv(x, { name: 'first', filters: 12, kernel: [3, 3], bias: false }), { name: 'norm' }),
  );
  const second = b.relu(b.conv(first, { name: 'second', filters: 12, kernel: [3, 3] }));
  return b.finish([b.conv(second, { name: 'map', filters: 1, kernel: [1, 1] })]);
}

const sessions = new Sessions();
beforeAll(async () => {
  await loadEngine({ quiet: true });
  await sessions.open();
});
afterAll(() => sessions.close());

const training = () => taskOn(SHAPE, (outputs) => tf.mean(tf.square(tf.sub(outputs[0]!, 1))) as tf.Scalar);
const context = { seed: 1, task: compressionTask(sessions, training, SHAPE), parent: network(2) };
const options = { minutes: 1, steps: 12 };

const zerosOf = (graph: Graph) =>
  [...graph.params].flatMap(([id, { shape, data }]) =>
    shape.length > 1 ? [...data].flatMap((value, i) => (value === 0 ? [`${id}:${i}`] : [])) : [],
  );

describe('training in a pass', () => {
  it.each([
    ['tune', tune(options)],
    ['distill', distill({ ...options, teachers: ['parent'] })],
  ])('keeps pruned weights at 0 and moves the others (%s)', async (_, pass) => {
    const { graph: pruned } = await pruneWeights({ sparsity: 0.6 }).apply(network(), { seed: 1 });
    const { graph } = await pass.apply(pruned, context);
    expect(zerosOf(graph)).toEqual(zerosOf(pruned));
    expect(zerosOf(graph).length).toBeGreaterThan(20);
    for (const { data } of graph.params.values())
      expect(data.some((value) => Object.is(value, -0))).toBe(false);
    const moved = [...graph.params].filter(([id, { data }]) =>
      data.some((v, i) => v !== pruned.params.get(id)!.data[i]),
    );
    expect(moved.length).toBeGreaterThan(2);
  });

  it('lets channels that never fire learn again where it is asked to', async () => {
    const given = network();
    const params = new Map(given.params);
    const put = (id: string, value: number) =>
      params.set(id, { ...params.get(id)!, data: params.get(id)!.data.map((v, i) => (i < 3 ? value : v)) });
    put('norm/scale', 0.01);
    put('norm/bias', -1);
    const silent = { ...given, params };
    expect(silentShare(silent)).toBe(25);
    const left = await tune(options).apply(silent, context);
    expect(silentShare(left.graph)).toBe(25);
    const { graph } = await tune({ ...options, awaken: true }).apply(silent, context);
    expect(silentShare(graph)).toBe(0);
    const weightsOf = (some: Graph) =>
      [...some.params.get('first/weight')!.data].filter((_, i) => i % 12 < 3);
    expect(weightsOf(left.graph)).toEqual(weightsOf(given));
    expect(weightsOf(graph)).not.toEqual(weightsOf(given));
  });

  it('keeps at 0 what another pass pruned, while one trains its own part', async () => {
    const { graph: pruned } = await pruneWeights({ sparsity: 0.6, layers: { second: 0 } }).apply(network(), {
      seed: 1,
    });
    const own = zerosOf(pruned).filter((id) => id.startsWith('first'));
    expect(own.length).toBeGreaterThan(20);
    const steps = { schedule: { kind: 'cubic' }, minutes: 1, steps: 12 } as const;
    const passes = [
      pruneWeights({ sparsity: 0.5, exclude: ['first', 'map'], ...steps }),
      clusterWeights({ clusters: 8, minWeights: 1, include: ['second'], minutes: 1 }),
      quantizeAware({ activations: 'none', skip: ['first'], steps: 12 }),
    ];
    for (const pass of passes) {
      const { graph } = await pass.apply(pruned, context);
      expect(zerosOf(graph)).toEqual(expect.arrayContaining(own));
    }
  });

  it.each([
    ['codes', quantize({ activations: 'none' })],
    ['shared values', clusterWeights({ clusters: 4, minWeights: 1 })],
  ])('refuses to leave %s', async (_, pass) => {
    const { graph } = await pass.apply(network(), { seed: 1 });
    await expect(tune(options).apply(graph, context)).rejects.toMatchObject({ code: 'invalid_config' });
    await expect(pruneWeights({ sparsity: 0.5, ...options }).apply(graph, context)).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});
