import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph } from '../../../models/graph/ir.js';
import type { BatchContext, Hook, LossContext } from '../../../models/training/hooks.js';
import { type TrainingOptions, type TrainingTask, train } from '../../../models/training/loop.js';

function graph(): Graph {
  const b = new GraphBuilder('line', { seed: 3 });
  const y = b.dense(b.input('x', [null, 2]), { name: 'dense', units: 2, bias: false });
  return b.finish([b.dense(y, { name: 'last', units: 1, bias: false })]);
}

const task = (): TrainingTask<number> => ({
  dataset: { next: async () => 0, state: () => ({ next: 0 }), close: async () => {} },
  feeds: () => ({ x: tf.tensor2d([1, 2, 3, 4], [2, 2]) }),
  loss: ([y]) => tf.mean(tf.square(y!)) as tf.Scalar,
  lengths: () => [7, 8],
  size: () => 2,
  evaluate: async () => ({ loss: 0 }),
  best: { metric: 'loss', direction: 'min' },
});

let folder = '';
let runs = 0;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  folder = await mkdtemp(join(tmpdir(), 'pocketlens-hooks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(hooks: readonly Hook[], more: Partial<TrainingOptions> & { name?: string } = {}) {
  const { name = `run${runs++}`, ...options } = more;
  await mkdir(join(folder, name), { recursive: true });
  return train(graph(), task(), {
    folder: join(folder, name),
    minutes: 5,
    steps: 3,
    resume: false,
    schedule: { peak: 0.05, warmupSteps: 1, decayShare: 1e-9, floorShare: 1 },
    weightDecay: 0,
    clipNorm: 100,
    evaluateEveryMinutes: 100,
    checkpointEveryMinutes: 100,
    hooks,
    ...options,
  });
}

/** Pulls a variable of its own towards 5. */
function puller(seen: number[], start = 1): Hook {
  let own: tf.Variable;
  return {
    name: 'puller',
    extraVariables() {
      own = tf.tidy(() => tf.variable(tf.scalar(start), true));
      return new Map([['own', own]]);
    },
    beforeStep: () => void seen.push(own.dataSync()[0]!),
    extraLoss: () => tf.square(tf.sub(own, 5)) as tf.Scalar,
  };
}

describe("a hook's own variables", () => {
  it('are trained beside the graph, whatever the factors of its params, and freed at the end', async () => {
    await run([puller([])]);
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const { graph: trained } = await run([puller(seen)], { rateFactor: () => 0 });
    expect(seen[0]).toBe(1);
    expect(seen[2]!).toBeGreaterThan(seen[1]!);
    expect([...trained.params.keys()]).toEqual([...graph().params.keys()]);
    expect(trained.params.get('dense/weight')).toEqual(graph().params.get('dense/weight'));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('go on where they stopped', async () => {
    const [whole, first, second]: [number[], number[], number[]] = [[], [], []];
    await run([puller(whole)], { steps: 6 });
    await run([puller(first)], { name: 'halves' });
    await run([puller(second, -100)], { name: 'halves', resume: true });
    expect([...first, ...second]).toEqual(whole.map((v) => expect.closeTo(v, 5)));
  });

  it('of which the checkpoint knows and the run does not are refused', async () => {
    await run([puller([])], { name: 'with' });
    await expect(run([], { name: 'with', resume: true })).rejects.toMatchObject({ code: 'invalid_config' });
  });
});

describe('a hook', () => {
  it('sees the batch, its lengths, the outputs, and may ask for the loss of others', async () => {
    const seen: { batch?: string; loss?: string; task?: number[] } = {};
    const hook: Hook = {
      name: 'eyes',
      beforeForward(_info, { feeds, lengths }: BatchContext) {
        seen.batch = `${[...feeds.x!.dataSync()]} ${lengths}`;
      },
      extraLoss(_info, captured, { outputs, lengths, taskLoss }: LossContext) {
        seen.loss = `${outputs.map(({ shape }) => shape)} ${lengths} ${[...captured.keys()]}`;
        const loss = taskLoss([tf.fill([2, 1], 3)]);
        seen.task = [...loss.dataSync()];
        return loss;
      },
      capture: ['dense'],
    };
    await run([hook], { steps: 1 });
    expect(seen).toEqual({ batch: '1,2,3,4 7,8', loss: '2,1 7,8 dense', task: [9] });
  });

  it('may replace values: nothing before a constant is trained', async () => {
    const hook: Hook = {
      name: 'ones',
      transformValue: (id, value) => (id === 'dense' ? tf.ones(value.shape) : value),
    };
    const { graph: trained } = await run([hook]);
    expect(trained.params.get('dense/weight')).toEqual(graph().params.get('dense/weight'));
    expect(trained.params.get('last/weight')).not.toEqual(graph().params.get('last/weight'));
  });

  it('deploys what the hooks before it deployed, changed', async () => {
    const times = (name: string, factor: number): Hook => ({
      name,
      deployedParams: (_state, params) =>
        new Map([...params].map(([id, value]) => [id, tf.mul(value, factor)])),
    });
    const plus: Hook = {
      name: 'plus',
      deployedParams: (_state, params) => new Map([...params].map(([id, value]) => [id, tf.add(value, 1)])),
    };
    const before = tf.memory().numTensors;
    const { graph: trained } = await run([times('double', 2), { name: 'none' }, plus, times('triple', 3)], {
      steps: 0,
    });
    const start = graph().params.get('dense/weight')!.data;
    expect([...trained.params.get('dense/weight')!.data]).toEqual(
      [...start].map((w) => expect.closeTo((2 * w + 1) * 3, 5)),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
