import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tuneGraph } from '../../../../apps/train/compression/tune.js';
import type { CompressionTask, TuneOptions } from '../../../../compression/pass.js';
import { pruneWeights } from '../../../../compression/prune/unstructured/prune-weights.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { taskOn } from '../../../compression/distill/session.js';

const SHAPE = [2, 8, 8, 3];
const RUN = {
  learningRate: 0.02,
  warmupSteps: 1,
  decayShare: 0.5,
  weightDecay: 0,
  clipNorm: 100,
  averageDecay: 0.9,
};

function network(filters = 8): Graph {
  const b = new GraphBuilder('small', { seed: 1 });
  const x = b.input('x', [null, 8, 8, 3]);
  const y = b.relu(b.conv(x, { name: 'first', filters, kernel: [3, 3] }));
  return b.finish([b.conv(y, { name: 'map', filters: 4, kernel: [3, 3] })]);
}

let folder: string;
beforeAll(() => loadEngine({ quiet: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-tune-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

let batches = 0;
const seeds: number[] = [];
/** @param abortAfter batches, then Ctrl-C */
function tune(graph: Graph, options: Partial<TuneOptions>, abortAfter = Number.POSITIVE_INFINITY) {
  const abort = new AbortController();
  const makeTask = async (_from: number, seed: number) => {
    seeds.push(seed);
    const task = taskOn(SHAPE, (outputs) => tf.mean(tf.square(tf.sub(outputs[0]!, 1))) as tf.Scalar);
    const next = async () => {
      batches += 1;
      if (batches >= abortAfter) abort.abort();
      return task.dataset.next();
    };
    return { ...task, dataset: { ...task.dataset, next } };
  };
  batches = 0;
  const all = { minutes: 5, steps: 8, name: 'test', ...options };
  return tuneGraph(graph, makeTask, RUN, all, { folder, seed: 1, signal: abort.signal });
}

const weightsOf = ({ params }: Graph) => [...params].map(([id, { data }]) => [id, [...data]]);

describe('tuneGraph', () => {
  it('draws other samples for each tuning, and the same when one is gone on with', async () => {
    seeds.length = 0;
    const graph = network();
    await expect(tune(graph, { name: 'one' }, 3)).rejects.toMatchObject({ code: 'interrupted' });
    await tune(graph, { name: 'one' });
    await tune(graph, { name: 'two' });
    expect(seeds[1]).toBe(seeds[0]);
    expect(seeds[2]).not.toBe(seeds[0]);
  });

  it('does not repeat a tuning that has ended, and gives the hooks back what they had come to', async () => {
    const pass = pruneWeights({
      sparsity: 0.5,
      schedule: { kind: 'regrow', by: 'random', share: 0.5, end: 1 },
      every: 2,
      minutes: 5,
      steps: 8,
    });
    const task: CompressionTask = {
      inputShapes: { x: SHAPE },
      calibration: async () => [],
      evaluate: async () => ({ quality: 0, metrics: {} }),
      tune: (graph, options) => tune(graph, options),
    };
    const { graph: first } = await pass.apply(network(), { seed: 1, task });
    expect(batches).toBeGreaterThan(7);
    // As after a kill between the tuning and what follows it.
    const { graph: again } = await pass.apply(network(), { seed: 1, task });
    expect(batches).toBe(0);
    expect(weightsOf(again)).toEqual(weightsOf(first));
  });

  it('goes on after an interrupt', async () => {
    await expect(tune(network(), {}, 4)).rejects.toMatchObject({ code: 'interrupted' });
    const before = batches;
    await tune(network(), {});
    expect(batches).toBeGreaterThan(0);
    expect(before + batches).toBeLessThan(14);
  });

  it('goes on in the network that it began with, whatever it is given', async () => {
    await expect(tune(network(8), {}, 4)).rejects.toMatchObject({ code: 'interrupted' });
    const tuned = await tune(network(6), {});
    expect(tuned.params.get('first/weight')!.shape.at(-1)).toBe(8);
    expect((await tune(network(6), {})).params.get('first/weight')!.shape.at(-1)).toBe(8);
  });
});
