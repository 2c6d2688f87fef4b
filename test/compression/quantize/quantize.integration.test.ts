/** The pass on small networks: what it does to the graph, and what ONNX Runtime makes of the result. */
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { type QuantizeInput, quantize } from '../../../compression/quantize/quantize.js';
import { signalToNoise } from '../../../compression/quantize/quantize-tensor.js';
import { loadEngine } from '../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph } from '../../../models/graph/ir.js';
import { decodeGraph, encodeGraph } from '../../../models/graph/serialize.js';
import {
  type Feed,
  randomFeed,
  runInOnnxRuntime,
  runInTfjs,
  withRandomStatistics,
} from '../export/onnx/parity.js';
import { optimizedOperators } from './optimized-operators.js';
import { contextOf, convolutional, imageFeeds, sequenceFeeds, sequential } from './small-networks.js';

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

const pass = async (graph: Graph, options: QuantizeInput, feeds = imageFeeds) =>
  quantize(options).apply(graph, contextOf(feeds));

const decibels = (exact: readonly Feed[], rounded: readonly Feed[]) =>
  Math.min(...exact.map(({ data }, i) => signalToNoise(data, rounded[i]!.data)));

const opsAt = (graph: Graph) => Object.fromEntries(graph.nodes.map(({ id, op }) => [id, op]));

describe('static, on a network of convolutions', () => {
  const graph = convolutional();

  it('becomes integer kernels, all but what the report names', async () => {
    const { graph: quantized, report } = await pass(graph, { heads: 'integer', stems: 'integer' });
    const ops = await optimizedOperators(exportOnnx(quantized));
    // stem, block, expand, depthwise, project, mix, last, map.
    expect(ops).toMatchObject({
      QLinearConv: 8,
      QLinearAdd: 2,
      QLinearConcat: 1,
      NhwcMaxPool: 1,
      ConvTranspose: 1,
    });
    expect(ops).not.toHaveProperty('Conv');
    expect(ops).not.toHaveProperty('Relu');
    expect(ops).not.toHaveProperty('Clip');
    expect(report.skipped.map(({ node }) => node)).toEqual(['probability', 'transposed']);
    expect(report.layers.map(({ node }) => node)).toContain('transposed');
  });

  it('leaves the stem in float by default, and says why; a 1×1 head takes codes and hands out float', async () => {
    const { graph: quantized, report } = await pass(graph, {});
    expect(report.skipped.map(({ node }) => node)).toEqual(['stem', 'probability', 'transposed']);
    expect(report.skipped[0]!.reason).toContain('few input channels');
    expect(quantized.params.get('stem/weight')).not.toHaveProperty('encoding');
    expect(quantized.params.get('map/weight')).toHaveProperty('encoding');
    const ops = await optimizedOperators(exportOnnx(quantized));
    expect(ops).toMatchObject({ Conv: 1, QLinearConv: 6, MatMulIntegerToFloat: 1 });
  });

  it('leaves heads of larger kernels in float', async () => {
    const b = new GraphBuilder('heads', { seed: 1 });
    const x = b.relu(
      b.conv(b.input('image', [null, null, null, 1]), { name: 'stem', filters: 4, kernel: [3, 3] }),
    );
    const y = b.relu(b.conv(x, { name: 'middle', filters: 4, kernel: [3, 3] }));
    const heads = [
      b.conv(y, { name: 'wide', filters: 2, kernel: [3, 3] }),
      b.conv(y, { name: 'coarse', filters: 2, kernel: [1, 1], strides: [2, 2] }),
    ];
    const { report } = await pass(withRandomStatistics(b.finish(heads)), {});
    expect(report.skipped.map(({ node }) => node)).toEqual(['stem', 'wide', 'coarse']);
  });

  it.each([
    ['unsigned', {}],
    ['signed', { activations: { signed: true } }],
    ['entropy', { activations: { calibrator: 'entropy' } }],
    ['percentile', { activations: { calibrator: 'percentile' } }],
    ['moving average', { activations: { calibrator: 'moving-average' } }],
    ['mse', { activations: { calibrator: 'mse' }, weights: { clipping: 'mse' } }],
    [
      'symmetric, per tensor',
      { activations: { signed: true, symmetric: true }, weights: { granularity: 'tensor' } },
    ],
    ['bias correction', { biasCorrection: true }],
    ['all on integers', { heads: 'integer', stems: 'integer' }],
  ] satisfies [string, QuantizeInput][])('is near the float network: %s', async (_, options) => {
    const { graph: quantized } = await pass(graph, options);
    const feeds = imageFeeds(1) as Record<string, Feed>;
    const exact = runInTfjs(graph, feeds);
    const simulated = runInTfjs(quantized, feeds);
    const deployed = await runInOnnxRuntime(quantized, feeds);
    expect(decibels(exact, deployed)).toBeGreaterThan(22);
    // The integer kernels give what the graph says, but for ties that fall the other way.
    expect(decibels(simulated, deployed)).toBeGreaterThan(decibels(exact, deployed) + 6);
  });

  it('gives biases the scale of the sums: input scale times weight scale', async () => {
    const { graph: quantized } = await pass(graph, {});
    const node = quantized.nodes.find(({ id }) => id === 'block')!;
    const rounding = quantized.nodes.find(({ outputs }) => outputs[0] === node.inputs[0])!;
    const scale = quantized.params.get(rounding.params.scale!)!.data[0]!;
    const weight = quantized.params.get(node.params.weight!)!.encoding;
    const bias = quantized.params.get(node.params.bias!)!.encoding;
    if (weight?.kind !== 'affine' || bias?.kind !== 'affine') throw new Error('Expected affine encodings.');
    expect(bias.bits).toBe(32);
    expect([...bias.scales]).toEqual([...weight.scales].map((s) => Math.fround(s * scale)));
  });

  it('keeps the names of values and outputs, its input untouched, and survives a file', async () => {
    const before = encodeGraph(graph);
    const { graph: quantized } = await pass(graph, { heads: 'integer' });
    expect(Buffer.from(encodeGraph(graph)).equals(Buffer.from(before))).toBe(true);
    expect(quantized.outputs).toEqual(graph.outputs);
    const feeds = imageFeeds(1) as Record<string, Feed>;
    const back = decodeGraph(encodeGraph(quantized));
    expect(runInTfjs(back, feeds)).toEqual(runInTfjs(quantized, feeds));
  });

  it('shares one scale among values that are only moved', async () => {
    const { graph: quantized } = await pass(graph, {});
    const rounding = (value: string) =>
      quantized.nodes.find(({ outputs }) => outputs[0] === value)!.params.scale;
    expect(rounding('pool')).toBe(rounding('sum'));
    expect(rounding('up')).toBe(rounding('mix-relu'));
  });

  it('skips what patterns name', async () => {
    const { graph: quantized, report } = await pass(graph, { skip: ['expand', 'dep*wise'] });
    expect(report.skipped).toContainEqual({ node: 'expand', reason: 'the options name it' });
    for (const id of ['expand', 'depthwise'])
      expect(quantized.params.get(`${id}/weight`)).toEqual(graph.params.get(`${id}/weight`));
  });

  it('corrects the mean error that the rounding of weights makes', async () => {
    const options: QuantizeInput = { weights: { bits: 3 }, activations: 'none' };
    const meanShift = async (biasCorrection: boolean) => {
      const { graph: quantized } = await pass(graph, { ...options, biasCorrection });
      const value = 'last';
      const feeds = imageFeeds(1) as Record<string, Feed>;
      const mean = (g: Graph) => runInTfjs({ ...g, outputs: [...g.outputs, value] }, feeds)[2]!;
      const [a, b] = [mean(graph), mean(quantized)];
      const shifts = new Float64Array(8);
      a.data.forEach((v, i) => {
        shifts[i % 8]! += (b.data[i]! - v) / (a.data.length / 8);
      });
      return shifts.reduce((sum, v) => sum + v ** 2, 0);
    };
    expect(await meanShift(true)).toBeLessThan(0.5 * (await meanShift(false)));
  });
});

describe('on dense layers', () => {
  const graph = sequential();

  it('rounds no input of the graph for a product of two values alone', async () => {
    const b = new GraphBuilder('pooled', { seed: 5 });
    const x = b.relu(b.dense(b.input('x', [null, null, 8]), { name: 'features', units: 8 }));
    const pooled = b.matMul(b.input('weights', [null, null, null]), x, { name: 'pooled' });
    const graph = withRandomStatistics(b.finish([b.dense(pooled, { name: 'scores', units: 5 })]));
    const feeds = (seed: number) => ({ ...sequenceFeeds(seed), weights: randomFeed([2, 4, 9], seed) });
    const { graph: quantized, report } = await pass(graph, {}, feeds);
    expect(report.skipped.map(({ node }) => node)).toEqual(['pooled']);
    expect(quantized.nodes.find(({ id }) => id === 'pooled')!.inputs[0]).toBe('weights');
    const ops = await optimizedOperators(exportOnnx(quantized));
    expect(ops).toMatchObject({ MatMul: 1, MatMulIntegerToFloat: 2 });
  });

  it('becomes integer products', async () => {
    const { graph: quantized } = await pass(graph, {}, sequenceFeeds);
    const ops = await optimizedOperators(exportOnnx(quantized));
    const products = (ops.QLinearMatMul ?? 0) + (ops.MatMulIntegerToFloat ?? 0);
    expect(products).toBe(6);
    const feeds = sequenceFeeds(1) as Record<string, Feed>;
    expect(decibels(runInTfjs(graph, feeds), await runInOnnxRuntime(quantized, feeds))).toBeGreaterThan(20);
  });

  it('takes ranges at run time without any data', async () => {
    const { graph: quantized, report } = await quantize({ activations: 'dynamic' }).apply(graph, { seed: 1 });
    const ops = await optimizedOperators(exportOnnx(quantized));
    expect((ops.DynamicQuantizeMatMul ?? 0) + (ops.MatMulIntegerToFloat ?? 0)).toBe(4);
    expect(report.skipped.map(({ node }) => node)).toEqual(['pairs', 'mixed', 'residual']);
    const feeds = sequenceFeeds(1) as Record<string, Feed>;
    const deployed = await runInOnnxRuntime(quantized, feeds);
    expect(decibels(runInTfjs(graph, feeds), deployed)).toBeGreaterThan(28);
    expect(decibels(runInTfjs(quantized, feeds), deployed)).toBeGreaterThan(45);
  });
});

describe('weights alone', () => {
  it.each([
    [8, 'channel', 34],
    [8, 'tensor', 30],
    [4, 'channel', 12],
    [4, 'group', 12],
    [2, 'channel', 2],
    ['ternary', 'channel', 2],
  ] as const)('%s bits a %s', async (bits, granularity, least) => {
    const graph = convolutional();
    const clipping = bits === 2 ? 'mse' : 'none';
    const { graph: quantized } = await quantize({
      activations: 'none',
      weights: { bits, granularity, group: 4, clipping },
    }).apply(graph, { seed: 1 });
    expect(opsAt(quantized)).toEqual(opsAt(graph));
    const feeds = imageFeeds(1) as Record<string, Feed>;
    const deployed = await runInOnnxRuntime(quantized, feeds);
    expect(decibels(runInTfjs(quantized, feeds), deployed)).toBeGreaterThan(90);
    expect(decibels(runInTfjs(graph, feeds), deployed)).toBeGreaterThan(least);
    const whole = exportOnnx(graph).length;
    if (granularity !== 'group') expect(exportOnnx(quantized).length).toBeLessThan(whole);
  });

  it('rounds the kernels of a recurrent layer', async () => {
    const b = new GraphBuilder('recurrent', { seed: 1 });
    const x = b.lstm(b.input('x', [null, null, 4]), { name: 'lstm', hidden: 3, direction: 'bidirectional' });
    const { graph } = await quantize({ activations: 'none' }).apply(b.finish([x]), { seed: 1 });
    const encoded = [...graph.params].filter(([, { encoding }]) => encoding).map(([id]) => id);
    expect(encoded).toEqual(['lstm/kernel', 'lstm/kernel_reverse']);
  });
});

it('gives nodes that share weights and bias a bias each where their inputs differ in scale', async () => {
  const b = new GraphBuilder('tied', { seed: 2 });
  const stem = b.relu(
    b.conv(b.input('image', [null, null, null, 1]), { name: 'stem', filters: 4, kernel: [3, 3] }),
  );
  const first = b.relu(b.conv(stem, { name: 'first', filters: 4, kernel: [3, 3] }));
  const second = b.relu(b.conv(first, { name: 'second', filters: 4, kernel: [3, 3], tiedTo: 'first' }));
  const graph = withRandomStatistics(
    b.finish([b.conv(second, { name: 'head', filters: 2, kernel: [1, 1] })]),
  );
  const { graph: quantized } = await pass(graph, {});
  const [one, two] = ['first', 'second'].map((id) => quantized.nodes.find((node) => node.id === id)!.params);
  expect(one!.weight).toBe(two!.weight);
  expect(one!.bias).not.toBe(two!.bias);
  const feeds = imageFeeds(1) as Record<string, Feed>;
  expect(decibels(runInTfjs(graph, feeds), await runInOnnxRuntime(quantized, feeds))).toBeGreaterThan(22);
});

it('gives a dead channel a bias all the same', async () => {
  const graph = convolutional();
  const weight = graph.params.get('block/weight')!;
  const dead = { ...weight, data: weight.data.map((v, i) => (i % 8 === 0 ? 0 : v)) };
  const bias = { ...graph.params.get('block/bias')!, data: Float32Array.from({ length: 8 }, () => 0.7) };
  const params = new Map(graph.params).set('block/weight', dead).set('block/bias', bias);
  const { graph: quantized } = await pass({ ...graph, params }, {});
  for (const value of quantized.params.get('block/bias')!.data) expect(value).toBeCloseTo(0.7, 2);
});

describe('refuses', () => {
  const graph = convolutional();
  const codeOf = async (run: () => Promise<unknown>) =>
    run().then(
      () => 'none',
      (error) => error.code,
    );
  it.each<[string, string, () => Promise<unknown>]>([
    ['no data', 'invalid_config', () => quantize().apply(graph, { seed: 1 })],
    ['an empty calibration set', 'invalid_data', () => quantize().apply(graph, contextOf(imageFeeds, []))],
    ['inputs of another shape', 'invalid_data', () => quantize().apply(graph, contextOf(sequenceFeeds))],
    [
      'inputs that are not finite',
      'inference_failed',
      () =>
        quantize().apply(
          graph,
          contextOf(imageFeeds, [
            { image: { shape: [1, 2, 2, 1], data: Float32Array.of(0, Number.NaN, 0, 0) } },
          ]),
        ),
    ],
    ['a pattern that names nothing', 'invalid_config', () => pass(graph, { skip: ['nowhere*'] })],
    ['a graph that is quantized', 'invalid_config', async () => pass((await pass(graph, {})).graph, {})],
    [
      'asymmetric weights for integer kernels',
      'invalid_config',
      async () => quantize({ weights: { symmetric: false } }),
    ],
    [
      'groups for integer kernels',
      'invalid_config',
      async () => quantize({ weights: { granularity: 'group' } }),
    ],
    ['one bit', 'invalid_config', async () => quantize({ weights: { bits: 1 } })],
    [
      'an option that it does not know',
      'invalid_config',
      async () => quantize({ wieghts: {} } as QuantizeInput),
    ],
    [
      'an abort',
      'interrupted',
      () => quantize().apply(graph, { ...contextOf(imageFeeds), signal: AbortSignal.abort() }),
    ],
  ])('%s', async (_, code, run) => {
    expect(await codeOf(run)).toBe(code);
  });
});
