import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CompressionTask, PassContext } from '../../../compression/pass.js';
import { clusterWeights } from '../../../compression/share/cluster-weights.js';
import { clusteredHook } from '../../../compression/share/clustered-hook.js';
import { tieBlocks } from '../../../compression/share/tie-blocks.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { execute } from '../../../models/graph/execute.js';
import type { Graph } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { createVariables, withParams } from '../../../models/graph/variables.js';
import type { Hook } from '../../../models/training/hooks.js';
import { createAdam } from '../../../models/training/optimizers/adam.js';
import { randomFeed, runInTfjs, withRandomStatistics } from '../export/onnx/parity.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

/** Three blocks built alike, one built otherwise. */
function network(): Graph {
  const b = new GraphBuilder('network', { seed: 5 });
  const x = b.input('x', [null, 8, null, 4]);
  let y = b.relu(b.conv(x, { name: 'stem', filters: 16, kernel: [3, 3] }));
  for (const [name, kernel] of [
    ['block1', 3],
    ['block2', 3],
    ['block3', 3],
    ['other', 5],
  ] as const) {
    const inner = b.scope(name, () =>
      b.relu(b.batchNorm(b.conv(y, { name: 'conv', filters: 16, kernel: [1, kernel], bias: false }))),
    );
    y = b.add(y, inner);
  }
  return withRandomStatistics(b.finish([b.dense(b.globalAveragePool(y), { name: 'scores', units: 5 })]));
}

const feed = { x: randomFeed([4, 8, 10, 4], 1) };

/** Learns a fixed target, by the same steps as the training loop. */
function taskFor(seen: Graph[] = []): CompressionTask {
  const target = randomFeed([4, 5], 2);
  return {
    inputShapes: { x: [1, 8, 10, 4] },
    calibration: async () => [],
    evaluate: async () => ({ quality: 0, metrics: {} }),
    tune: async (graph, { hooks = [] }) => {
      seen.push(graph);
      const variables = createVariables(graph);
      const adam = createAdam({ learningRate: 1e-2, beta2: 0.98, weightDecay: 0 });
      const trainable = [...variables].filter(([, variable]) => variable.trainable);
      for (let step = 0; step < 10; step++) {
        tf.tidy(() => {
          const { grads } = tf.variableGrads(
            () => {
              const [y] = execute(
                graph,
                { x: tf.tensor(feed.x.data, [4, 8, 10, 4]) },
                {
                  variables,
                  training: true,
                  freezeBatchNorm: true,
                  transformParam: (id, value) =>
                    hooks.reduce((v: tf.Tensor, hook: Hook) => hook.transformParam?.(id, v) ?? v, value),
                },
              );
              return tf.mean(tf.squaredDifference(y!, tf.tensor(target.data, [4, 1, 1, 5]))) as tf.Scalar;
            },
            trainable.map(([, variable]) => variable),
          );
          adam.step(variables, new Map(trainable.map(([id, v]) => [id, grads[v.name]!])), 1e-2);
        });
      }
      const result = await withParams(graph, variables);
      tf.dispose([...variables.values()]);
      adam.dispose();
      return result;
    },
  };
}

function loss(graph: Graph): number {
  const [y] = runInTfjs(graph, feed);
  const target = randomFeed([4, 5], 2).data;
  return y!.data.reduce((sum, v, i) => sum + (v - target[i]!) ** 2, 0) / target.length;
}

const context: PassContext = { seed: 1 };

describe('clustering', () => {
  const graph = network();

  it('leaves at most so many values in each weight, near what they were', async () => {
    const before = structuredClone([...graph.params]);
    const result = await clusterWeights({ bits: 4, minWeights: 300 }).apply(graph, context);
    expect([...graph.params]).toEqual(before);
    validate(result.graph);
    for (const [id, { shape, data, encoding }] of result.graph.params) {
      if (shape.length < 2 || id === 'scores/weight') expect(data).toBe(graph.params.get(id)!.data);
      else {
        expect(new Set(data).size).toBe(16);
        expect(encoding?.kind).toBe('codebook');
      }
    }
    for (const { figures } of result.report.layers) expect(figures.relativeError).toBeLessThan(0.11);
    expect(result.report.skipped).toEqual([{ node: 'scores', reason: 'it has only 80 weights' }]);
  });

  it('loses less with more clusters, and leaves out what it is told to', async () => {
    const errorAt = async (clusters: number) => {
      const { report } = await clusterWeights({ clusters, exclude: ['block*', 'scores'] }).apply(
        graph,
        context,
      );
      expect(report.layers.map(({ node }) => node)).toEqual(['stem', 'other/conv']);
      return report.layers[0]!.figures.relativeError as number;
    };
    const errors = [await errorAt(2), await errorAt(8), await errorAt(64), await errorAt(256)];
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    const again = await clusterWeights().apply((await clusterWeights().apply(graph, context)).graph, context);
    expect(again.report.skipped.map(({ reason }) => reason)).toContain('its weights are codes already');
  });

  it('trains the values, and they stay shared', async () => {
    const seen: Graph[] = [];
    const plain = await clusterWeights({ clusters: 4 }).apply(graph, context);
    const tuned = await clusterWeights({ clusters: 4, minutes: 1 }).apply(graph, {
      seed: 1,
      task: taskFor(seen),
    });
    expect([...seen[0]!.params.values()].every(({ encoding }) => encoding === undefined)).toBe(true);
    validate(tuned.graph);
    const weight = (of: Graph) => of.params.get('block1/conv/weight')!.data;
    expect(new Set(weight(tuned.graph)).size).toBeLessThanOrEqual(4);
    expect(weight(tuned.graph)).not.toEqual(weight(plain.graph));
    expect(loss(tuned.graph)).toBeLessThan(loss(plain.graph));
  });

  it('gives each weight the summed gradient of its cluster over its size, and none to pruned ones', () => {
    const codes = Uint8Array.from([0, 1, 1, 2, 0, 1]);
    const clusters = { codes, centres: Float32Array.from([-1, 0, 2]), zero: 1 };
    const hook = clusteredHook(new Map([['w', clusters]]));
    const held = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.tensor2d([-1, 0.1, -0.1, 2, -3, 0], [2, 3]);
      const scale = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      const f = (w: tf.Tensor) => tf.sum(tf.mul(scale, hook.transformParam!('w', w))) as tf.Scalar;
      expect([...hook.transformParam!('w', x).dataSync()]).toEqual([-2, 0, 0, 2, -2, 0]);
      const [gradient] = tf.grads((w) => f(w!))([x]);
      expect([...gradient!.dataSync()]).toEqual([3, 0, 0, 4, 3, 0]);
      expect(hook.transformParam!('another', x)).toBe(x);
    });
    hook.dispose?.();
    expect(tf.memory().numTensors).toBe(held);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['tuning without data', () => clusterWeights({ minutes: 1 }).apply(graph, context)],
    ['both clusters and bits', async () => clusterWeights({ clusters: 4, bits: 2 })],
    ['too many clusters', async () => clusterWeights({ clusters: 257 })],
  ])('refuses %s', async (_, run) => {
    await expect(run()).rejects.toMatchObject({ code: 'invalid_config' });
  });
});

describe('tied blocks', () => {
  const graph = network();
  const weight = (id: string) => graph.params.get(`${id}/conv/weight`)!.data;

  it('use the same params, which begin with their mean', async () => {
    const { graph: tied, report } = await tieBlocks().apply(graph, context);
    validate(tied);
    expect(report.layers.map(({ node, figures }) => [node, figures.tiedTo])).toEqual([
      ['block1', 'block1'],
      ['block2', 'block1'],
      ['block3', 'block1'],
    ]);
    const uses = tied.nodes.filter(({ id }) => id.endsWith('/conv')).map(({ params }) => params.weight);
    expect(uses).toEqual([
      'block1/conv/weight',
      'block1/conv/weight',
      'block1/conv/weight',
      'other/conv/weight',
    ]);
    const mean = weight('block1').map((v, i) => (v + weight('block2')[i]! + weight('block3')[i]!) / 3);
    expect(tied.params.get('block1/conv/weight')!.data).toEqual(mean);
    expect(tied.params.has('block2/conv/weight')).toBe(false);
    // Normalisations stay their own.
    expect([...tied.params.keys()].filter((id) => id.endsWith('/mean'))).toHaveLength(4);
    expect(runInTfjs(tied, feed)[0]!.shape).toEqual([4, 1, 1, 5]);
  });

  it('of equal weights do what they did', async () => {
    const params = new Map(graph.params);
    for (const id of ['block2', 'block3'])
      params.set(`${id}/conv/weight`, { ...params.get(`${id}/conv/weight`)!, data: weight('block1') });
    const alike = { ...graph, params };
    const { graph: tied } = await tieBlocks().apply(alike, context);
    const [a, b] = [runInTfjs(alike, feed)[0]!.data, runInTfjs(tied, feed)[0]!.data];
    a.forEach((value, i) => {
      expect(b[i]).toBeCloseTo(value, 5);
    });
  });

  it('are chosen by name, may share normalisations, and start as the first', async () => {
    const { graph: tied, report } = await tieBlocks({
      exclude: ['block2'],
      start: 'first',
      shareNorms: true,
    }).apply(graph, context);
    expect(report.layers.map(({ node }) => node)).toEqual(['block1', 'block3']);
    expect(report.skipped).toEqual([{ node: 'block2', reason: 'it is excluded' }]);
    expect(tied.params.get('block1/conv/weight')!.data).toEqual(weight('block1'));
    expect([...tied.params.keys()].some((id) => id.startsWith('block3/'))).toBe(false);
    const again = await tieBlocks().apply(tied, context);
    expect(again.report.skipped.map(({ reason }) => reason)).toContain(
      'it shares weights with "block3/conv" already',
    );
  });

  it('are tuned', async () => {
    const seen: Graph[] = [];
    const tied = await tieBlocks().apply(graph, context);
    const tuned = await tieBlocks({ minutes: 1 }).apply(graph, { seed: 1, task: taskFor(seen) });
    expect(seen).toHaveLength(1);
    expect(loss(tuned.graph)).toBeLessThan(loss(tied.graph));
  });

  it('are none where none are alike', async () => {
    const { graph: same, report } = await tieBlocks({ include: ['other'] }).apply(graph, context);
    expect(report.layers).toEqual([]);
    expect([...same.params.keys()]).toEqual([...graph.params.keys()]);
  });
});
