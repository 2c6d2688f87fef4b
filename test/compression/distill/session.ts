/** Short sessions of the training loop on a small graph. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { CompressionTask } from '../../../compression/pass.js';
import { Random } from '../../../models/base/random.js';
import type { Graph } from '../../../models/graph/ir.js';
import type { Hook } from '../../../models/training/hooks.js';
import { type TrainingTask, train } from '../../../models/training/loop.js';

export class Sessions {
  #folder = '';
  #count = 0;

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'pocketlens-distill-'));
  }
  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  /** @param resume name of an earlier session. */
  async run(
    graph: Graph,
    task: TrainingTask<number>,
    hooks: readonly Hook[],
    steps: number,
    resume?: string,
  ): Promise<{ graph: Graph; name: string }> {
    const name = resume ?? `run${this.#count++}`;
    await mkdir(join(this.#folder, name), { recursive: true });
    const result = await train(graph, task, {
      folder: join(this.#folder, name),
      minutes: 5,
      steps,
      resume: resume !== undefined,
      schedule: { peak: 0.02, warmupSteps: 1, decayShare: 1e-9, floorShare: 1 },
      weightDecay: 0,
      clipNorm: 100,
      evaluateEveryMinutes: 100,
      checkpointEveryMinutes: 100,
      hooks,
    });
    return { graph: result.graph, name };
  }
}

/** Batches of random inputs by their number; the loss is given. */
export function taskOn(
  shape: readonly number[],
  loss: (outputs: tf.Tensor[]) => tf.Scalar,
  lengths?: readonly number[],
): TrainingTask<number> {
  let next = 0;
  return {
    dataset: { next: async () => next++, state: () => ({ next }), close: async () => {} },
    feeds: (batch) => ({ x: inputs(shape, batch) }),
    loss: (outputs) => loss(outputs),
    ...(lengths && { lengths: () => lengths }),
    size: () => shape[0]!,
    evaluate: async () => ({ loss: 0 }),
    best: { metric: 'loss', direction: 'min' },
  };
}

export function inputs(shape: readonly number[], batch: number): tf.Tensor {
  const random = new Random(5, 'batch', batch);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
}

/** What a pass needs of a task, tuning by the given one. */
export function compressionTask(
  sessions: Sessions,
  training: () => TrainingTask<number>,
  inputShape: readonly number[],
): CompressionTask {
  return {
    inputShapes: { x: inputShape },
    calibration: async () => [],
    evaluate: async () => ({ quality: 0, metrics: {} }),
    tune: async (graph, { hooks = [], steps = 50 }) =>
      (await sessions.run(graph, training(), hooks, steps)).graph,
  };
}
