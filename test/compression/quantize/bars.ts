/** A small task that the real loop learns in seconds: which way a short bar in a noisy image lies. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { CompressionTask, PassContext, TuneOptions } from '../../../compression/pass.js';
import { Random } from '../../../models/base/random.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { execute } from '../../../models/graph/execute.js';
import type { Graph } from '../../../models/graph/ir.js';
import type { Hook } from '../../../models/training/hooks.js';
import { type TrainingTask, train } from '../../../models/training/loop.js';
import { weightAverage } from '../../../models/training/weight-average.js';

const SIDE = 8;
const STEPS = [
  [0, 1],
  [1, 0],
  [1, 1],
  [1, -1],
] as const;

interface Bars {
  readonly data: Float32Array;
  readonly labels: number[];
}

export function bars(count: number, seed: number): Bars {
  const random = new Random(seed, 'bars');
  const data = Float32Array.from({ length: count * SIDE * SIDE }, () => 0.45 * random.normal());
  const labels = Array.from({ length: count }, (_, i) => {
    const label = random.int(0, STEPS.length - 1);
    const [dy, dx] = STEPS[label]!;
    const y = random.int(0, SIDE - 1 - 3 * dy);
    const x = dx < 0 ? random.int(3, SIDE - 1) : random.int(0, SIDE - 1 - 3 * dx);
    for (let k = 0; k < 4; k++) data[(i * SIDE + y + k * dy) * SIDE + x + k * dx]! += 1;
    return label;
  });
  return { data, labels };
}

export function barsNetwork(): Graph {
  const b = new GraphBuilder('bars', { seed: 3 });
  let x = b.input('image', [null, SIDE, SIDE, 1]);
  for (const [name, filters] of [
    ['one', 12],
    ['two', 16],
    ['three', 16],
  ] as const) {
    x = b.conv(x, { name, filters, kernel: [3, 3], bias: false });
    x = b.relu(b.batchNorm(x, { name: `${name}-norm`, momentum: 0.9 }), { name: `${name}-relu` });
  }
  const pooled = b.globalAveragePool(x, { name: 'pool' });
  return b.finish([b.dense(b.reshape(pooled, [-1, 16]), { name: 'classes', units: STEPS.length })]);
}

const BATCH = 32;

function trainingTask(from: number): TrainingTask<Bars> {
  let next = from;
  return {
    dataset: {
      next: async () => bars(BATCH, 1000 + next++),
      state: () => ({ next }),
      close: async () => {},
    },
    feeds: ({ data }) => ({ image: tf.tensor4d(data, [BATCH, SIDE, SIDE, 1]) }),
    loss: ([scores], { labels }) =>
      tf.losses.softmaxCrossEntropy(tf.oneHot(labels, STEPS.length), scores!) as tf.Scalar,
    size: () => BATCH,
    evaluate: async () => ({ loss: 0 }),
    best: { metric: 'loss', direction: 'min' },
  };
}

const HELD_OUT = bars(600, 1);

/** Share of held-out images that are told right, in %. */
export function accuracy(graph: Graph): number {
  return tf.tidy(() => {
    const image = tf.tensor4d(HELD_OUT.data, [HELD_OUT.labels.length, SIDE, SIDE, 1]);
    const found = tf.argMax(execute(graph, { image })[0]!, -1).dataSync();
    return (100 * HELD_OUT.labels.filter((label, i) => found[i] === label).length) / HELD_OUT.labels.length;
  });
}

/** Sessions of the real loop in a folder of their own. */
export class BarsSessions {
  #folder = '';
  #count = 0;

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'pocketlens-quantize-'));
  }
  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  /** @param resume name and steps of an earlier session. */
  async train(
    graph: Graph,
    hooks: readonly Hook[],
    { steps, learningRate = 3e-3, freezeBatchNorm = false }: Partial<TuneOptions> & { steps: number },
    resume?: { name: string; steps: number },
  ): Promise<{ graph: Graph; name: string }> {
    const name = resume?.name ?? `run${this.#count++}`;
    await mkdir(join(this.#folder, name), { recursive: true });
    const result = await train(graph, trainingTask(resume?.steps ?? 0), {
      folder: join(this.#folder, name),
      minutes: 5,
      steps,
      resume: resume !== undefined,
      schedule: { peak: learningRate, warmupSteps: 1, decayShare: resume ? 1e-9 : 0.5, floorShare: 0.02 },
      weightDecay: 0,
      clipNorm: 5,
      evaluateEveryMinutes: 100,
      checkpointEveryMinutes: 100,
      freezeBatchNorm,
      hooks: [weightAverage(0.9), ...hooks],
    });
    return { graph: result.graph, name };
  }

  context(): PassContext & { task: CompressionTask } {
    const task: CompressionTask = {
      inputShapes: { image: [1, SIDE, SIDE, 1] },
      calibration: async (count) =>
        Array.from({ length: Math.min(count, 32) }, (_, i) => ({
          image: { shape: [1, SIDE, SIDE, 1], data: bars(1, 5000 + i).data },
        })),
      evaluate: async (graph) => ({ quality: accuracy(graph), metrics: {} }),
      tune: async (graph, { hooks = [], steps = 100, ...options }) =>
        (await this.train(graph, hooks, { ...options, steps })).graph,
    };
    return { task, seed: 1 };
  }
}
