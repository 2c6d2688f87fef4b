import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph } from '../../../models/graph/ir.js';
import { readRunState } from '../../../models/training/checkpoint.js';
import { type TrainingOptions, type TrainingTask, train } from '../../../models/training/loop.js';
import { readMetrics } from '../../../models/training/metrics-log.js';
import { weightAverage } from '../../../models/training/weight-average.js';

interface Batch {
  readonly x: number[];
  readonly y: number[];
}

/** y = 3 a − 2 b + 1, eight points a batch, the n-th batch a function of n. */
function task(from: number): TrainingTask<Batch> {
  let next = from;
  return {
    dataset: {
      async next() {
        const random = new Random(5, 'batch', next++);
        const x = Array.from({ length: 16 }, () => random.normal());
        return { x, y: Array.from({ length: 8 }, (_, i) => 3 * x[2 * i]! - 2 * x[2 * i + 1]! + 1) };
      },
      state: () => ({ next }),
      close: async () => {},
    },
    feeds: ({ x }) => ({ x: tf.tensor2d(x, [8, 2]) }),
    loss: ([out], { y }) => tf.losses.meanSquaredError(tf.tensor2d(y, [8, 1]), out!) as tf.Scalar,
    size: () => 8,
    evaluate: async (graph) => ({ offset: Math.abs(graph.params.get('dense/bias')!.data[0]! - 1) }),
    best: { metric: 'offset', direction: 'min' },
  };
}

function graph(): Graph {
  const b = new GraphBuilder('line', { seed: 3 });
  return b.finish([b.dense(b.input('x', [null, 2]), { name: 'dense', units: 1 })]);
}

describe('train', () => {
  let folder = '';
  beforeAll(async () => {
    await loadEngine({ quiet: true });
    folder = await mkdtemp(join(tmpdir(), 'pocketlens-loop-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('closes the dataset when it fails', async () => {
    let closed = 0;
    const failing = task(0);
    const next = async () => {
      throw new Error('no more');
    };
    const dataset = { ...failing.dataset, next, close: async () => void closed++ };
    await expect(train(graph(), { ...failing, dataset }, options('failing', 3))).rejects.toThrow('no more');
    expect(closed).toBe(1);
  });

  const options = (name: string, steps: number, resume = false): TrainingOptions => ({
    folder: join(folder, name),
    minutes: 5,
    steps,
    resume,
    schedule: { peak: 0.05, warmupSteps: 1, decayShare: 1e-9, floorShare: 1 },
    weightDecay: 0,
    clipNorm: 100,
    evaluateEveryMinutes: 100,
    checkpointEveryMinutes: 100,
    hooks: [weightAverage(0.9)],
    ...(resume ? {} : { seed: 3 }),
  });
  const run = async (name: string, steps: number, from = 0, resume = false) => {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, name), { recursive: true });
    return train(graph(), task(from), options(name, steps, resume));
  };

  it('learns, logs and evaluates', async () => {
    const result = await run('learn', 400);
    expect(result.step).toBe(400);
    expect(result.figures.offset).toBeLessThan(0.02);
    expect([...result.graph.params.get('dense/weight')!.data].map((w) => Math.round(w * 20) / 20)).toEqual([
      3, -2,
    ]);
    const records = readMetrics(join(folder, 'learn', 'metrics.jsonl'));
    expect(records.filter(({ kind }) => kind === 'step')).toHaveLength(20);
    expect(records.at(-1)!.kind).toBe('evaluation');
  });

  it('resumed after half the steps ends in the same weights as one run', async () => {
    const whole = await run('whole', 40);
    await run('halves', 20);
    const halves = await run('halves', 20, 20, true);
    expect(halves.step).toBe(40);
    for (const [id, param] of whole.graph.params) {
      const other = halves.graph.params.get(id)!.data;
      expect(Math.max(...param.data.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1e-5);
    }
  });

  it('resumed and stopped before its first step keeps the averages and the seed', async () => {
    const first = await run('idle', 20);
    const idle = await run('idle', 0, 20, true);
    expect(idle.step).toBe(20);
    for (const [id, param] of first.graph.params) expect(idle.graph.params.get(id)!.data).toEqual(param.data);
    expect((await readRunState(join(folder, 'idle')))!.seed).toBe(3);
    const whole = await run('idle-whole', 40);
    const rest = await run('idle', 20, 20, true);
    for (const [id, param] of whole.graph.params) {
      const other = rest.graph.params.get(id)!.data;
      expect(Math.max(...param.data.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1e-5);
    }
  });

  it('leaks no tensors', async () => {
    await run('warm', 2);
    const before = tf.memory().numTensors;
    await run('leak', 100);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops at once when it is told to, with a checkpoint to go on from', async () => {
    const controller = new AbortController();
    controller.abort();
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'stopped'), { recursive: true });
    const result = await train(graph(), task(0), { ...options('stopped', 100), signal: controller.signal });
    expect(result.step).toBe(0);
    expect((await run('stopped', 3, 0, true)).step).toBe(3);
  });

  it('hears of a stop while batches lie ready', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'busy'), { recursive: true });
    const result = await train(graph(), task(0), { ...options('busy', 2000), signal: controller.signal });
    expect(result.step).toBeLessThan(2000);
  });

  it('refuses to resume with another network', async () => {
    await run('other', 2);
    const b = new GraphBuilder('line', { seed: 3 });
    const wider = b.finish([b.dense(b.input('x', [null, 2]), { name: 'dense', units: 2 })]);
    await expect(train(wider, task(0), options('other', 1, true))).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});
