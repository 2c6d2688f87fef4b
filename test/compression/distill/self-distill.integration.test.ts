import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildHead, placesForHeads } from '../../../compression/distill/heads.js';
import { meanTeacherHook } from '../../../compression/distill/mean-teacher-hook.js';
import { taughtOutputSchema } from '../../../compression/distill/outputs.js';
import { residualBlocks } from '../../../compression/distill/residual-blocks.js';
import { selfDistill } from '../../../compression/distill/self-distill.js';
import { selfDistillHook } from '../../../compression/distill/self-distill-hook.js';
import {
  stochasticDepth,
  stochasticDepthHook,
  survivalOf,
} from '../../../compression/distill/stochastic-depth.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { execute } from '../../../models/graph/execute.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph } from '../../../models/graph/ir.js';
import { compressionTask, inputs, Sessions, taskOn } from './session.js';

const SHAPE = [4, 8, 8, 1] as const;

/** Two residual blocks between a stem and a map of half the size, with numbers beside it. */
function network(): Graph {
  const b = new GraphBuilder('map', { seed: 4 });
  const x = b.input('x', [null, null, null, 1]);
  let y = b.relu(b.conv(x, { name: 'stem', filters: 6, kernel: [3, 3], strides: [2, 2] }));
  for (const name of ['one', 'two']) {
    const z = b.relu(b.conv(y, { name, filters: 6, kernel: [3, 3] }), { name: `${name}/out` });
    y = b.add(y, z, { name: `${name}/sum` });
  }
  const map = b.conv(y, { name: 'map', filters: 1, kernel: [1, 1] });
  return b.finish([map, b.conv(y, { name: 'numbers', filters: 2, kernel: [1, 1], strides: [2, 2] })]);
}
const graph = network();
const inputShapes = { x: [1, 8, 8, 1] };
/** The map is to be the mean of 2×2 pixels; the task's own loss only sees outputs, so 0 stands for it. */
const pull = ([map, numbers]: tf.Tensor[]) =>
  tf.add(tf.mean(tf.square(tf.sub(map!, 1))), tf.mean(tf.square(numbers!))) as tf.Scalar;

const sessions = new Sessions();
beforeAll(async () => {
  await loadEngine({ quiet: true });
  await sessions.open();
});
afterAll(() => sessions.close());

describe('heads', () => {
  it('stand at even shares of the work, never at the end', () => {
    const places = placesForHeads(graph, 2, inputShapes);
    expect(places).toHaveLength(2);
    expect(places.every((id) => inferShapes(graph).has(id))).toBe(true);
    expect(placesForHeads(graph, 100, inputShapes).length).toBeLessThan(graph.nodes.length);
  });

  it.each([
    [
      'a map twice as fine',
      [null, null, null, 3],
      [1, 4, 4, 3],
      (b: GraphBuilder, y: string) => b.resize(b.conv(y, { filters: 2, kernel: [1, 1] }), { scales: [2, 2] }),
    ],
    [
      'a map half as fine',
      [null, null, null, 3],
      [1, 4, 4, 3],
      (b: GraphBuilder, y: string) => b.conv(y, { filters: 2, kernel: [1, 1], strides: [2, 2] }),
    ],
    [
      'frames',
      [null, 4, null, 3],
      [1, 4, 12, 3],
      (b: GraphBuilder, y: string) =>
        b.dense(b.squeeze(b.conv(y, { filters: 5, kernel: [4, 1], pads: 'valid' }), [1]), { units: 5 }),
    ],
    [
      'two frames a column',
      [null, 4, null, 3],
      [1, 4, 12, 3],
      (b: GraphBuilder, y: string) =>
        b.reshape(
          b.dense(b.squeeze(b.conv(y, { filters: 4, kernel: [4, 1], pads: 'valid' }), [1]), { units: 10 }),
          [0, -1, 5],
        ),
    ],
    [
      'a frame for two columns',
      [null, 4, null, 3],
      [1, 4, 12, 3],
      (b: GraphBuilder, y: string) =>
        b.dense(b.squeeze(b.conv(y, { filters: 5, kernel: [4, 2], strides: [1, 2], pads: 'valid' }), [1]), {
          units: 5,
        }),
    ],
    [
      'classes',
      [null, 4, 4, 3],
      [1, 4, 4, 3],
      (b: GraphBuilder, y: string) => b.dense(b.globalAveragePool(y), { units: 5 }),
    ],
  ] as const)('make %s of the shape of the output', (_, open, shape, build) => {
    const b = new GraphBuilder('net', { seed: 1 });
    const y = b.relu(b.conv(b.input('x', open), { filters: 4, kernel: [3, 3] }), { name: 'inner' });
    const net = b.finish([build(b, y)]);
    const head = buildHead(net, 'inner', [0], { inputShapes: { x: shape }, seed: 1 });
    const wanted = inferShapes(net, { x: shape }).get(net.outputs[0]!);
    const inner = inferShapes(net, { x: shape }).get('inner')!;
    expect(inferShapes(head, { x: inner }).get(head.outputs[0]!)).toEqual(wanted);
    const made = tf.tidy(() => execute(head, { x: tf.zeros(inner as number[]) })[0]!.shape);
    expect(made).toEqual(wanted);
  });

  it('that fit no multiple are refused', () => {
    const b = new GraphBuilder('net', { seed: 1 });
    const y = b.relu(b.conv(b.input('x', [null, 5, 5, 1]), { filters: 2, kernel: [3, 3] }), {
      name: 'inner',
    });
    const net = b.finish([b.conv(y, { filters: 1, kernel: [3, 3], pads: 'valid' })]);
    expect(() => buildHead(net, 'inner', [0], { inputShapes: { x: [1, 5, 5, 1] }, seed: 1 })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }) as Error,
    );
  });
});

describe('self-distillation', () => {
  const outputs = [taughtOutputSchema.parse({ kind: 'regression' })];
  it('teaches the heads, gives no gradient to the deepest output, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    const settings = { places: ['one/sum'], outputs, alpha: 1, weight: 1, inputShapes, seed: 1 };
    const hook = selfDistillHook(graph, settings);
    const { extraLoss } = hook;
    hook.extraLoss = (...args) => {
      const loss = extraLoss!(...args);
      losses.push(loss.dataSync()[0]!);
      return loss;
    };
    const task = taskOn(SHAPE, ([map]) => tf.mul(tf.sum(map!), 0) as tf.Scalar);
    const { graph: tuned } = await sessions.run(graph, task, [hook], 40);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    // Only what lies below the head has moved.
    const moved = [...tuned.params].filter(([id, { data }]) =>
      data.some((v, i) => v !== graph.params.get(id)!.data[i]),
    );
    expect(moved.map(([id]) => id).sort()).toEqual(['one/bias', 'one/weight', 'stem/bias', 'stem/weight']);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('by its moving average follows the model, and goes on where it stopped', async () => {
    const make = () =>
      meanTeacherHook(graph, { outputs, decay: 0.9, weight: 1, rampSteps: 2, noise: 0.1, seed: 1 });
    const before = tf.memory().numTensors;
    const { name } = await sessions.run(graph, taskOn(SHAPE, pull), [make()], 5);
    const hook = make();
    const seen: Float32Array[] = [];
    const { beforeForward } = hook;
    hook.beforeForward = (...args) => {
      beforeForward!(...args);
      seen.push(hook.save!().get('average/map/weight')!.slice());
    };
    const { graph: tuned } = await sessions.run(graph, taskOn(SHAPE, pull), [hook], 1, name);
    const [start, now] = [graph, tuned].map((g) => g.params.get('map/weight')!.data) as [
      Float32Array,
      Float32Array,
    ];
    // Stopped again before its first step, it loses nothing.
    const idle = make();
    idle.load!(hook.save!());
    expect(idle.save!()).toEqual(hook.save!());
    const far = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((v, i) => v - b[i]!));
    expect(far(seen[0]!, start)).toBeGreaterThan(0);
    expect(far(seen[0]!, start)).toBeLessThan(far(now, start));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('as a pass leaves the graph its shape', async () => {
    const pass = selfDistill({ outputs, average: {}, minutes: 1, steps: 10 });
    const task = compressionTask(sessions, () => taskOn(SHAPE, pull), [1, 8, 8, 1]);
    const { graph: tuned, report } = await pass.apply(graph, { seed: 1, task });
    expect(tuned.nodes).toEqual(graph.nodes);
    expect([...tuned.params.keys()]).toEqual([...graph.params.keys()]);
    expect(report.layers).toHaveLength(2);
    await expect(pass.apply(graph, { seed: 1 })).rejects.toMatchObject({ code: 'invalid_config' });
    expect(() => selfDistill({ heads: 0, minutes: 1 })).toThrow(/nobody teaches/);
  });
});

describe('stochastic depth', () => {
  it('finds the branches beside shortcuts, and only those', () => {
    expect(residualBlocks(graph)).toEqual([
      { node: 'one/sum', shortcut: expect.stringContaining('relu'), branch: 'one/out' },
      { node: 'two/sum', shortcut: 'one/sum', branch: 'two/out' },
    ]);
    const b = new GraphBuilder('top-down', { seed: 1 });
    const x = b.input('x', [null, 4, 4, 1]);
    const left = b.conv(x, { filters: 2, kernel: [1, 1] });
    const right = b.conv(x, { filters: 2, kernel: [3, 3] });
    expect(residualBlocks(b.finish([b.add(left, right)]))).toEqual([]);
  });

  it('drops deeper blocks more often', () => {
    expect([0, 1, 2, 3].map((i) => survivalOf(i, 4, 0.6))).toEqual(
      [0.9, 0.8, 0.7, 0.6].map((p) => expect.closeTo(p, 12)),
    );
  });

  it('keeps the expectation of a block', () => {
    const b = new GraphBuilder('block', { seed: 4 });
    const x = b.input('x', [null, 4, 4, 2]);
    const block = b.finish([b.add(x, b.relu(b.conv(x, { name: 'conv', filters: 2, kernel: [3, 3] })))]);
    const hook = stochasticDepthHook(block, { survival: 0.6, seed: 3 });
    const feed = inputs([1, 4, 4, 2], 1);
    const run = (transform: boolean) =>
      tf.tidy(() =>
        execute(
          block,
          { x: feed },
          transform ? { transformValue: (id, v) => hook.transformValue!(id, v) } : {},
        )[0]!
          .dataSync()
          .slice(),
      );
    const whole = run(false);
    const steps = 2000;
    const mean = new Float64Array(whole.length);
    const seen = new Set<number>();
    for (let step = 0; step < steps; step++) {
      hook.beforeStep!({ step, progress: 0, learningRate: 0 }, { graph: block, variables: new Map() });
      const y = run(true);
      seen.add(Math.round(1e4 * Array.from(y).reduce((a, v) => a + v, 0)));
      for (let i = 0; i < mean.length; i++) mean[i]! += y[i]! / steps;
    }
    expect(seen.size).toBe(2);
    const x0 = feed.dataSync();
    for (let i = 0; i < mean.length; i++)
      expect(Math.abs(mean[i]! - whole[i]!)).toBeLessThanOrEqual(0.08 * Math.abs(whole[i]! - x0[i]!) + 1e-6);
  });

  it('as a pass trains the graph, and refuses one without blocks', async () => {
    const task = compressionTask(sessions, () => taskOn(SHAPE, pull), [1, 8, 8, 1]);
    const { graph: tuned, report } = await stochasticDepth({ survival: 0.5, minutes: 1, steps: 60 }).apply(
      graph,
      {
        seed: 1,
        task,
      },
    );
    const loss = (g: Graph) => tf.tidy(() => pull(execute(g, { x: inputs(SHAPE, 99) })).dataSync()[0]!);
    expect(loss(tuned)).toBeLessThan(loss(graph) / 2);
    expect(report.layers.map(({ figures }) => figures.survival)).toEqual([0.75, 0.5]);
    const b = new GraphBuilder('plain', { seed: 1 });
    const plain = b.finish([b.relu(b.input('x', [null, 2]))]);
    await expect(stochasticDepth({ minutes: 1 }).apply(plain, { seed: 1, task })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});
