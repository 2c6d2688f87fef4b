/** Training with rounded weights on a small task, by the real loop. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { quantize } from '../../../../compression/quantize/quantize.js';
import {
  type QuantizeAwareInput,
  quantizeAware,
} from '../../../../compression/quantize/training/quantize-aware.js';
import { quantizeAwareHook } from '../../../../compression/quantize/training/quantize-aware-hook.js';
import { weightFormats } from '../../../../compression/quantize/training/weight-format.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import { codesOf } from '../../../../models/graph/encoding.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { decodeGraph, encodeGraph } from '../../../../models/graph/serialize.js';
import { maxDifference, runInOnnxRuntime, runInTfjs } from '../../export/onnx/parity.js';
import { accuracy, BarsSessions, bars, barsNetwork } from '../bars.js';
import { optimizedOperators } from '../optimized-operators.js';

const sessions = new BarsSessions();
let trained: Graph;
let float = 0;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  await sessions.open();
  trained = (await sessions.train(barsNetwork(), [], { steps: 400, learningRate: 0.01 })).graph;
  float = accuracy(trained);
});
afterAll(() => sessions.close());

const aware = (options: QuantizeAwareInput, graph = trained) =>
  quantizeAware(options).apply(graph, sessions.context());
const plain = async (options: Parameters<typeof quantize>[0]) =>
  accuracy((await quantize(options).apply(foldBatchNorm(trained).graph, sessions.context())).graph);

const weightsOf = (graph: Graph) =>
  ['one', 'two', 'three', 'classes'].map((node) => graph.params.get(`${node}/weight`)!);

it('the network learns the task, so that there is something to lose', () => {
  expect(float).toBeGreaterThan(90);
});

describe('weights alone: most of what rounding after training loses comes back', () => {
  it.each([
    ['2 bits, learned steps', 2, {}],
    ['2 bits, steps that follow', 2, { learnedStep: false }],
    ['2 bits, groups, with a teacher', 2, { weights: { granularity: 'group', group: 4 }, teacher: true }],
    ['ternary, learned scale', 'ternary', {}],
    ['ternary, scale that follows', 'ternary', { learnedStep: false }],
  ] as const)('%s', async (_, bits, options) => {
    const weights = { bits, clipping: 'mse', ...('weights' in options ? options.weights : {}) } as const;
    const lost = float - (await plain({ weights, activations: 'none' }));
    const { graph, report } = await aware({ activations: 'none', steps: 250, ...options, weights });
    const loses = float - accuracy(graph);
    expect(lost).toBeGreaterThan(8);
    expect(loses).toBeLessThan(0.4 * lost);
    const kinds = weightsOf(graph).map(({ encoding }) => encoding);
    expect(kinds).toMatchObject(Array(4).fill({ kind: 'affine', bits: 2, signed: true }));
    const codes = weightsOf(graph).flatMap((param) => [...codesOf(param)]);
    expect(new Set(codes).size).toBe(bits === 'ternary' ? 3 : 4);
    expect(report.summary).toMatch(/^4 layers trained .* 3 normalisations folded\.$/);
    // What a file keeps is the same network.
    expect(decodeGraph(encodeGraph(graph)).params).toEqual(graph.params);
  });
});

describe('weights and activations', () => {
  it('learn no steps whose codes reach beyond the clip before them', () => {
    const b = new GraphBuilder('clipped', { seed: 1 });
    const x = b.input('x', [null, 4]);
    const codes = b.quantizeDequantize(b.relu6(x), { name: 'clipped' });
    const graph = b.finish([b.quantizeDequantize(b.relu(codes), { name: 'free' })]);
    const hook = quantizeAwareHook(graph, [], { learnedStep: true });
    const variables = hook.extraVariables!({ graph, variables: new Map() });
    const stepOf = (node: string, wanted: number) => {
      const id = graph.nodes.find((other) => other.id === node)!.params.scale!;
      variables.get(`log-step/${id}`)!.assign(tf.tensor1d([Math.log(wanted)]));
      return hook.transformParam!(id, tf.tensor1d([0])).dataSync()[0]!;
    };
    expect(stepOf('clipped', 1)).toBeCloseTo(6 / 255, 6);
    expect(255 * stepOf('clipped', 1)).toBeLessThanOrEqual(6);
    expect(stepOf('clipped', 0.001)).toBeCloseTo(0.001, 6);
    expect(stepOf('free', 1)).toBeCloseTo(1, 5);
    hook.dispose!();
  });

  it('4 bits with 8-bit activations: codes, and integer kernels that compute what was trained', async () => {
    const options = { weights: { bits: 4 }, steps: 200, stems: 'integer', heads: 'integer' } as const;
    const { graph, report } = await aware(options);
    expect(accuracy(graph)).toBeGreaterThan(float - 3);
    expect(report.summary).toContain('rounded activations');
    for (const param of weightsOf(graph)) expect(param.encoding).toMatchObject({ kind: 'affine', bits: 4 });
    expect(graph.params.get('two/bias')!.encoding).toMatchObject({ kind: 'affine', bits: 32 });
    const ops = await optimizedOperators(exportOnnx(graph));
    expect(ops.QLinearConv).toBe(3);
    const feeds = { image: { shape: [4, 8, 8, 1], data: bars(4, 77).data } };
    const [simulated, deployed] = [runInTfjs(graph, feeds), await runInOnnxRuntime(graph, feeds)];
    const size = Math.max(...simulated[0]!.data.map(Math.abs));
    expect(maxDifference(simulated, deployed)).toBeLessThan(0.05 * size);
  });

  it('trains the scales of activations of 2 bits, which rounding alone cannot bear', async () => {
    const options = { weights: { bits: 4 }, activations: { bits: 2 } } as const;
    const lost = float - (await plain(options));
    const { graph } = await aware({ ...options, steps: 250 });
    const { graph: still } = await aware({ ...options, steps: 250, learnedStep: false });
    expect(lost).toBeGreaterThan(4);
    expect(float - accuracy(graph)).toBeLessThan(0.4 * lost);
    expect(accuracy(graph)).toBeGreaterThan(accuracy(still));
    const { graph: before } = await aware({ ...options, steps: 1, learningRate: 1e-9 });
    const scales = (g: Graph) =>
      g.nodes.flatMap(({ op, params }) =>
        op === 'QuantizeDequantize' ? [g.params.get(params.scale!)!.data[0]!] : [],
      );
    expect(scales(still)).toEqual(scales(before).map((scale) => expect.closeTo(scale, 6) as number));
    scales(graph).forEach((scale, i) => {
      expect(Math.abs(scale / scales(before)[i]! - 1)).toBeGreaterThan(0.001);
    });
  });
});

describe('what is there already', () => {
  it('a quantized graph is trained on in its own formats', async () => {
    const context = sessions.context();
    const folded = foldBatchNorm(trained).graph;
    const before = (
      await quantize({
        weights: { bits: 3, granularity: 'tensor' },
        heads: 'integer',
        stems: 'integer',
      }).apply(folded, context)
    ).graph;
    const { graph } = await quantizeAware({ steps: 150, layers: { classes: 8 } }).apply(before, context);
    expect(graph.nodes.map(({ op }) => op)).toEqual(before.nodes.map(({ op }) => op));
    const bits = weightsOf(graph).map(({ encoding }) => encoding?.kind === 'affine' && encoding.bits);
    expect(bits).toEqual([3, 3, 3, 8]);
    const scales = weightsOf(graph).map(
      ({ encoding }) => encoding?.kind === 'affine' && encoding.scales.length,
    );
    expect(scales).toEqual([1, 1, 1, 1]);
    expect(accuracy(graph)).toBeGreaterThan(accuracy(before));
  });

  it('pruned weights stay 0 and codebooks stay as they are', async () => {
    const folded = foldBatchNorm(trained).graph;
    const params = new Map(folded.params);
    const two = params.get('two/weight')!;
    params.set('two/weight', { ...two, data: two.data.map((w, i) => (i % 2 ? w : 0)) });
    const three = params.get('three/weight')!;
    const values = Float32Array.of(-0.1, 0, 0.1);
    params.set('three/weight', {
      ...three,
      data: three.data.map((w) => (w > 0.1 ? values[2]! : w < -0.1 ? values[0]! : 0)),
      encoding: { kind: 'codebook', values },
    });
    const start = { ...folded, params };
    const { graph } = await aware({ activations: 'none', weights: { bits: 4 }, steps: 20 }, start);
    const after = graph.params.get('two/weight')!;
    expect(after.data.some((w) => w !== 0)).toBe(true);
    expect(after.data.every((w, i) => i % 2 === 1 || w === 0)).toBe(true);
    expect(graph.params.get('three/weight')).toEqual(params.get('three/weight'));
    expect(graph.params.get('one/weight')!.encoding).toMatchObject({ bits: 4 });
  });

  it('leaves the input graph as it is, and leaks no tensors', async () => {
    const before = structuredClone([...trained.params]);
    const count = tf.memory().numTensors;
    await aware({ steps: 5 });
    await aware({ steps: 5, weights: { bits: 'ternary' }, learnedStep: false });
    expect([...trained.params]).toEqual(before);
    expect(tf.memory().numTensors).toBe(count);
  });
});

it.each([true, false])('goes on where it was stopped, learned steps %s', async (learnedStep) => {
  const folded = foldBatchNorm(trained).graph;
  const make = () => {
    const formats = weightFormats(folded, () => ({ bits: 4, granularity: 'channel', clipping: 'mse' }));
    return quantizeAwareHook(folded, formats, { learnedStep, refresh: 4 });
  };
  const half = { steps: 10, learningRate: 1e-3 };
  // The rate of a session that is resumed does not decay; the whole one is made of two as well, the first of no length.
  const whole = await sessions.train(folded, [make()], { ...half, steps: 0 });
  const straight = await sessions.train(
    folded,
    [make()],
    { ...half, steps: 20 },
    { name: whole.name, steps: 0 },
  );
  const start = await sessions.train(folded, [make()], { ...half, steps: 0 });
  await sessions.train(folded, [make()], half, { name: start.name, steps: 0 });
  const resumed = await sessions.train(folded, [make()], half, { name: start.name, steps: 10 });
  for (const [id, { data }] of straight.graph.params) {
    const other = resumed.graph.params.get(id)!.data;
    data.forEach((value, i) => {
      expect(Math.abs(other[i]! - value), id).toBeLessThan(1e-4);
    });
  }
  expect(resumed.graph.params.get('two/weight')!.data).not.toEqual(folded.params.get('two/weight')!.data);
});

describe('what cannot be', () => {
  it.each([
    ['no length', {}],
    ['groups beside rounded activations', { steps: 1, weights: { granularity: 'group' } }],
    ['9 bits', { steps: 1, weights: { bits: 9 } }],
  ])('%s is refused when the pass is made', (_, options) => {
    expect(() => quantizeAware(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_config' }) as Error,
    );
  });
  it('without training data', async () => {
    const { tune: _, ...task } = sessions.context().task;
    await expect(quantizeAware({ steps: 1 }).apply(trained, { seed: 1, task })).rejects.toMatchObject({
      code: 'invalid_config',
      remedy: expect.stringContaining('preset "accurate"'),
    });
  });
  it('activations for a graph that has them', async () => {
    const context = sessions.context();
    const { graph } = await quantize({}).apply(foldBatchNorm(trained).graph, context);
    await expect(quantizeAware({ steps: 1, activations: {} }).apply(graph, context)).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
  it('a pattern that names no layer', async () => {
    await expect(aware({ steps: 1, layers: { nowhere: 4 } })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});
