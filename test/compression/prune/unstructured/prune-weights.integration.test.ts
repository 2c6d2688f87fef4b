import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompressionTask, PassContext } from '../../../../compression/pass.js';
import { pruneWeights } from '../../../../compression/prune/unstructured/prune-weights.js';
import { pruningHook } from '../../../../compression/prune/unstructured/pruning-hook.js';
import { findWeights } from '../../../../compression/prune/unstructured/weights.js';
import { Random } from '../../../../models/base/random.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import { execute } from '../../../../models/graph/execute.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { createVariables } from '../../../../models/graph/variables.js';
import type { Hook } from '../../../../models/training/hooks.js';
import { type TrainingTask, train } from '../../../../models/training/loop.js';
import { weightAverage } from '../../../../models/training/weight-average.js';

/** Sixteen numbers, of which two matter: y = x0 − x5. */
function graph(hidden = 8): Graph {
  const b = new GraphBuilder('net', { seed: 3 });
  const x = b.input('x', [null, 16]);
  const y = b.relu(b.dense(x, { name: 'first', units: hidden }));
  const z = b.relu(b.dense(y, { name: 'middle', units: hidden }));
  return b.finish([b.dense(z, { name: 'last', units: 1 })]);
}
interface Batch {
  readonly x: number[];
  readonly y: number[];
}
function trainingTask(): TrainingTask<Batch> {
  let next = 0;
  return {
    dataset: {
      async next() {
        const random = new Random(5, 'batch', next++);
        const x = Array.from({ length: 16 * 32 }, () => random.normal());
        return { x, y: Array.from({ length: 32 }, (_, i) => x[16 * i]! - x[16 * i + 5]!) };
      },
      state: () => ({ next }),
      close: async () => {},
    },
    feeds: ({ x }) => ({ x: tf.tensor2d(x, [32, 16]) }),
    loss: ([out], { y }) => tf.losses.meanSquaredError(tf.tensor2d(y, [32, 1]), out!) as tf.Scalar,
    size: () => 32,
    evaluate: async () => ({ loss: 0 }),
    best: { metric: 'loss', direction: 'min' },
  };
}

let folder = '';
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-prune-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let runs = 0;
async function session(start: Graph, hooks: readonly Hook[], steps: number, resume?: string) {
  const name = resume ?? `run${runs++}`;
  await mkdir(join(folder, name), { recursive: true });
  const result = await train(start, trainingTask(), {
    folder: join(folder, name),
    minutes: 5,
    steps,
    resume: resume !== undefined,
    schedule: { peak: 0.01, warmupSteps: 1, decayShare: 1e-9, floorShare: 1 },
    weightDecay: 0,
    clipNorm: 100,
    evaluateEveryMinutes: 100,
    checkpointEveryMinutes: 100,
    hooks: [weightAverage(0.9), ...hooks],
  });
  return { ...result, name };
}

/** Mean squared error over fixed numbers. */
function errorOf(graph: Graph): number {
  const random = new Random(9, 'held out');
  const x = Array.from({ length: 16 * 200 }, () => random.normal());
  return tf.tidy(() => {
    const [y] = execute(graph, { x: tf.tensor2d(x, [200, 16]) });
    const wanted = tf.tensor2d(
      Array.from({ length: 200 }, (_, i) => x[16 * i]! - x[16 * i + 5]!),
      [200, 1],
    );
    return (tf.losses.meanSquaredError(wanted, y!) as tf.Scalar).dataSync()[0]!;
  });
}

const task: CompressionTask = {
  inputShapes: { x: [1, 16] },
  calibration: async () => [],
  evaluate: async () => ({ quality: 0, metrics: {} }),
  tune: async (start, { hooks = [], steps = 300 }) => (await session(start, hooks, steps)).graph,
  async gradients(start) {
    const { x, y } = await trainingTask().dataset.next();
    const variables = createVariables(start);
    const gradients = tf.tidy(() => {
      const { grads } = tf.variableGrads(() => {
        const [out] = execute(start, { x: tf.tensor2d(x, [32, 16]) }, { variables, training: true });
        return tf.losses.meanSquaredError(tf.tensor2d(y, [32, 1]), out!) as tf.Scalar;
      });
      return [...variables].map(([id, { name }]) => [id, new Float32Array(grads[name]!.dataSync())] as const);
    });
    for (const variable of variables.values()) variable.dispose();
    return new Map(gradients);
  },
};
const context: PassContext = { task, seed: 1 };
const zeros = (graph: Graph, id: string) =>
  graph.params.get(id)!.data.filter((w) => w === 0).length / graph.params.get(id)!.data.length;

let trained: Graph;
beforeAll(async () => {
  trained = (await session(graph(), [], 300)).graph;
});

describe('one-shot', () => {
  it('sets the smallest weights to zero and leaves the rest and the input as they are', async () => {
    const before = structuredClone([...trained.params]);
    const { graph: pruned, report } = await pruneWeights({ sparsity: 0.5, edges: 1 }).apply(trained, {
      seed: 1,
    });
    expect([...trained.params]).toEqual(before);
    const old = trained.params.get('middle/weight')!.data;
    const now = pruned.params.get('middle/weight')!.data;
    expect(zeros(pruned, 'middle/weight')).toBe(0.5);
    const kept = now.filter((w) => w !== 0);
    const gone = old.filter((_, i) => now[i] === 0);
    expect(Math.max(...gone.map(Math.abs))).toBeLessThanOrEqual(Math.min(...kept.map(Math.abs)));
    expect(pruned.params.get('middle/bias')).toEqual(trained.params.get('middle/bias'));
    expect(report.layers.map(({ node, figures }) => [node, figures.sparsity])).toEqual([
      ['first', 0.5],
      ['middle', 0.5],
      ['last', 0.5],
    ]);
  });

  it.each(['taylor', 'snip'] as const)('by %s keeps what the loss depends on', async (score) => {
    const { graph: pruned } = await pruneWeights({ sparsity: 0.5, edges: 1, score }).apply(trained, context);
    const { graph: random } = await pruneWeights({ sparsity: 0.5, edges: 1, score: 'random' }).apply(
      trained,
      context,
    );
    expect(zeros(pruned, 'middle/weight')).toBe(0.5);
    expect(errorOf(pruned)).toBeLessThan(errorOf(random));
  });

  it('tuned afterwards wins back what it lost, its zeros still zeros', async () => {
    const options = { sparsity: 0.7, edges: 1 };
    const { graph: pruned } = await pruneWeights(options).apply(trained, context);
    const { graph: tuned } = await pruneWeights({ ...options, minutes: 1 }).apply(trained, context);
    for (const id of ['first/weight', 'middle/weight']) {
      const data = tuned.params.get(id)!.data;
      expect(pruned.params.get(id)!.data.every((w, i) => w !== 0 || data[i] === 0)).toBe(true);
    }
    expect(errorOf(tuned)).toBeLessThan(errorOf(pruned) / 2);
  });
});

describe('schedules', () => {
  it.each([
    ['cubic, magnitude', { schedule: { kind: 'cubic' }, score: 'magnitude' }],
    ['cubic, movement', { schedule: { kind: 'cubic' }, score: 'movement' }],
    ['iterative, taylor', { schedule: { kind: 'iterative', rounds: 3 }, score: 'taylor' }],
    ['regrow by gradient', { schedule: { kind: 'regrow', by: 'gradient' }, score: 'magnitude' }],
    ['regrow at random', { schedule: { kind: 'regrow', by: 'random' }, score: 'random' }],
  ] as const)('%s: ends at the sparsity, with a fair error', async (_, options) => {
    const pass = pruneWeights({ ...options, sparsity: 0.7, edges: 1, every: 10, minutes: 1, steps: 300 });
    const { graph: pruned, report } = await pass.apply(trained, context);
    for (const id of ['first/weight', 'middle/weight']) {
      // A weight that was regrown behind a dead unit is 0 too.
      expect(zeros(pruned, id)).toBeGreaterThan(0.69);
      expect(zeros(pruned, id)).toBeLessThan(0.75);
    }
    expect(report.summary).toMatch(/\(70\.\d %\)/);
    expect(errorOf(pruned)).toBeLessThan(0.5);
  });

  it('regrowth exchanges weights and keeps their number', async () => {
    const { weights } = findWeights(trained);
    const plan = {
      weights,
      distribution: {
        sparsity: 0.5,
        ranking: 'local',
        granularity: 'weight',
        edges: 1,
        layers: {},
        maxLayerSparsity: 0.99,
      },
      score: 'random',
      schedule: { kind: 'regrow', by: 'gradient', share: 0.5, end: 1 },
      every: 5,
      seed: 1,
    } as const;
    const start = new Map(
      weights.map(({ id, shape }) => {
        const size = shape.reduce((a, b) => a * b, 1);
        return [id, Uint8Array.from({ length: size }, (_, i) => i % 2)] as const;
      }),
    );
    const hook = pruningHook(plan, start);
    await session(trained, [hook], 20);
    const before = start.get('first/weight')!;
    const after = hook.masks().get('first/weight')!;
    expect(after.reduce((a, b) => a + b, 0)).toBe(before.reduce((a, b) => a + b, 0));
    expect(after.some((keep, i) => keep !== before[i])).toBe(true);
  });

  it('a session that goes on never gets denser again, and leaks no tensors', async () => {
    const { weights } = findWeights(trained);
    const make = () =>
      pruningHook({
        weights,
        distribution: {
          sparsity: 0.8,
          ranking: 'local',
          granularity: 'weight',
          edges: 1,
          layers: {},
          maxLayerSparsity: 0.99,
        },
        score: 'movement',
        schedule: { kind: 'cubic', initial: 0, begin: 0, end: 0.5 },
        every: 4,
        seed: 1,
      });
    const tensors = tf.memory().numTensors;
    const first = make();
    const { name } = await session(trained, [first], 40);
    const second = make();
    await session(trained, [second], 5, name);
    expect(tf.memory().numTensors).toBe(tensors);
    const masks = second.masks().get('middle/weight')!;
    expect([...masks]).toEqual([...first.masks().get('middle/weight')!]);
    expect(masks.filter((keep) => !keep).length / masks.length).toBeCloseTo(0.8, 1);
  });
});

describe('what cannot be', () => {
  it.each([
    ['a schedule without time', { schedule: { kind: 'cubic' } }],
    ['movement at once', { score: 'movement' }],
    ['SNIP while training', { score: 'snip', schedule: { kind: 'cubic' }, minutes: 1 }],
    ['a sparsity beside a pattern', { sparsity: 0.5, granularity: { keep: 2, of: 4 } }],
    ['a pattern that keeps all', { granularity: { keep: 4, of: 4 } }],
    ['a sparsity of 1', { sparsity: 1 }],
  ])('%s is refused when the pass is made', (_, options) => {
    expect(() => pruneWeights(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_config' }) as Error,
    );
  });
  it('a schedule without training data is refused, with the remedy', async () => {
    const pass = pruneWeights({ schedule: { kind: 'cubic' }, minutes: 1 });
    const { tune: _, ...untrained } = task;
    for (const bare of [{ seed: 1 }, { seed: 1, task: untrained }])
      await expect(pass.apply(trained, bare)).rejects.toMatchObject({
        code: 'invalid_config',
        remedy: expect.stringContaining('"minutes"'),
      });
    await expect(pruneWeights({ score: 'taylor' }).apply(trained, { seed: 1 })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
  it('a graph with nothing left to prune is refused', async () => {
    await expect(pruneWeights({ exclude: ['*'] }).apply(trained, { seed: 1 })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});

it('leaves a layer with fewer inputs than the pattern whole, and says so', async () => {
  const b = new GraphBuilder('net', { seed: 3 });
  const x = b.input('x', [null, 6, 6, 1]);
  const y = b.relu(b.conv(x, { name: 'stem', filters: 8, kernel: [3, 3] }));
  const conv = b.finish([b.conv(y, { name: 'head', filters: 4, kernel: [1, 1] })]);
  const { graph: pruned, report } = await pruneWeights({ granularity: { keep: 2, of: 4 }, edges: 1 }).apply(
    conv,
    {
      seed: 1,
    },
  );
  expect(zeros(pruned, 'stem/weight')).toBe(0);
  expect(zeros(pruned, 'head/weight')).toBe(0.5);
  expect(report.skipped).toEqual([{ node: 'stem', reason: expect.stringMatching(/1 input/) }]);
});
