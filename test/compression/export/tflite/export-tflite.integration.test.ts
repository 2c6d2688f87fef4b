/** What TFLite files hold, read with the schema that LiteRT carries, and how the export fails. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportTflite } from '../../../../compression/export/tflite/export-tflite.js';
import { quantize } from '../../../../compression/quantize/quantize.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { runPython, WITHOUT_PYTHON } from '../../python.js';
import { contextOf, convolutional, imageFeeds } from '../../quantize/small-networks.js';
import { type Feed, maxDifference, runInTfjs } from '../onnx/parity.js';
import { runInLiteRt } from './litert.js';

interface TfliteFile {
  readonly version: number;
  readonly signature: {
    readonly key: string;
    readonly inputs: Readonly<Record<string, number>>;
    readonly outputs: Readonly<Record<string, number>>;
  };
  readonly tensors: readonly {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly number[];
    readonly signature: readonly number[] | null;
    readonly scales: readonly number[] | null;
    readonly axis: number | null;
    readonly bytes: number;
  }[];
  readonly operators: readonly {
    readonly name: string;
    readonly version: number;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly options: Readonly<Record<string, number>>;
  }[];
}

async function read(bytes: Uint8Array): Promise<TfliteFile> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketlens-tflite-'));
  try {
    writeFileSync(join(folder, 'model.tflite'), bytes);
    const script = join(packageRoot(), 'test', 'compression', 'export', 'tflite', 'read_tflite.py');
    return JSON.parse(await runPython([script, join(folder, 'model.tflite')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function small(): Graph {
  const b = new GraphBuilder('small', { seed: 1 });
  const x = b.conv(b.input('image', [null, 8, null, 3]), {
    filters: 96,
    kernel: [3, 5],
    strides: [2, 1],
    dilations: [1, 1],
  });
  return b.finish([b.relu6(b.conv(x, { name: 'y', filters: 64, kernel: [3, 3], dilations: [2, 3] }))]);
}

let quantized: Graph;
beforeAll(async () => {
  await loadEngine({ quiet: true });
  const { graph } = await quantize({}).apply(convolutional(), contextOf(imageFeeds));
  quantized = graph;
});

it('gives equal bytes for equal graphs', () => {
  for (const precision of ['float32', 'float16', 'int8'] as const)
    expect(exportTflite(quantized, { precision })).toEqual(exportTflite(quantized, { precision }));
});

it('refuses int8 of a graph that is not rounded, and inputs that there are not', () => {
  expect(() => exportTflite(small(), { precision: 'int8' })).toThrow(
    expect.objectContaining({ code: 'invalid_argument', remedy: expect.stringContaining('quantize') }),
  );
  expect(() => exportTflite(small(), { inputShapes: { picture: [1, 8, 8, 3] } })).toThrow(
    expect.objectContaining({ code: 'invalid_argument' }),
  );
  const strange = { ...small(), nodes: small().nodes.map((node) => ({ ...node, op: 'toString' })) };
  expect(() => exportTflite(strange)).toThrow(expect.objectContaining({ code: 'unsupported_operator' }));
});

it('refuses an error function that is no part of Gelu', () => {
  const b = new GraphBuilder('erf', { seed: 1 });
  const graph = b.finish([b.erf(b.input('x', [1, 4]), { name: 'bell' })]);
  expect(() => exportTflite(graph)).toThrow(
    expect.objectContaining({
      code: 'unsupported_operator',
      message: 'Expected an operator that TFLite has for node "bell" but received "Erf".',
      remedy: expect.stringContaining('export to ONNX'),
    }),
  );
});

it('refuses an LSTM over an unknown number of frames', () => {
  const b = new GraphBuilder('lstm', { seed: 1 });
  const graph = b.finish([b.lstm(b.input('x', [null, null, 3]), { hidden: 2 })]);
  expect(() => exportTflite(graph)).toThrow(
    expect.objectContaining({
      code: 'unsupported_operator',
      remedy: expect.stringContaining('inputShapes'),
    }),
  );
});

describe.skipIf(WITHOUT_PYTHON)('read back', () => {
  it('has the sizes that were asked for, in NHWC, under the names of the graph', async () => {
    const open = await read(exportTflite(small()));
    expect(open.version).toBe(3);
    expect(open.signature.key).toBe('serving_default');
    const [input, output] = [open.signature.inputs.image!, open.signature.outputs[small().outputs[0]!]!];
    expect(open.tensors[input]).toMatchObject({
      type: 'FLOAT32',
      shape: [1, 8, 1, 3],
      signature: [1, 8, -1, 3],
    });
    expect(open.tensors[output]).toMatchObject({ shape: [1, 4, 1, 64], signature: [1, 4, -1, 64] });
    const fixed = await read(exportTflite(small(), { inputShapes: { image: [2, 8, 40, 3] } }));
    expect(fixed.tensors[input]).toMatchObject({ shape: [2, 8, 40, 3], signature: null });
    expect(fixed.tensors[output]).toMatchObject({ shape: [2, 4, 40, 64], signature: null });
  });

  it('takes rectifiers into convolutions, and says strides, dilations and versions', async () => {
    const { operators } = await read(exportTflite(small()));
    expect(operators.map(({ name }) => name)).toEqual(['CONV_2D', 'CONV_2D']);
    expect(operators[0]!.options).toMatchObject({ strideH: 2, strideW: 1, dilationHFactor: 1, padding: 0 });
    expect(operators[1]!.options).toMatchObject({
      strideH: 1,
      dilationHFactor: 2,
      dilationWFactor: 3,
      fusedActivationFunction: 3,
    });
    expect(operators.every(({ version }) => version >= 1)).toBe(true);
  });

  it('stores large weights as float16 where it is told to, and computes in float32', async () => {
    const plain = exportTflite(small());
    const half = exportTflite(small(), { precision: 'float16' });
    const { tensors, operators } = await read(half);
    const stored = tensors.filter(({ type }) => type === 'FLOAT16');
    expect(stored.map(({ shape }) => shape)).toEqual([[64, 3, 3, 96]]);
    expect(stored[0]!.bytes).toBe(2 * 64 * 9 * 96);
    expect(plain.length - half.length).toBeGreaterThan(stored[0]!.bytes - 1000);
    expect(operators.find(({ name }) => name === 'DEQUANTIZE')).toMatchObject({
      inputs: ['FLOAT16'],
      outputs: ['FLOAT32'],
    });
  });

  it('computes a quantized network on integers, a scale each channel', async () => {
    const { tensors, operators } = await read(exportTflite(quantized, { precision: 'int8' }));
    const integer = operators.filter(({ outputs }) => outputs[0] === 'INT8').map(({ name }) => name);
    for (const name of [
      'CONV_2D',
      'DEPTHWISE_CONV_2D',
      'ADD',
      'CONCATENATION',
      'MAX_POOL_2D',
      'RESIZE_NEAREST_NEIGHBOR',
    ])
      expect(integer).toContain(name);
    const convolutions = operators.filter(({ name, inputs }) => name === 'CONV_2D' && inputs[0] === 'INT8');
    expect(convolutions.length).toBeGreaterThan(4);
    for (const { inputs, outputs } of convolutions)
      expect([inputs, outputs]).toEqual([['INT8', 'INT8', 'INT32'], ['INT8']]);
    const weights = tensors.filter(({ type, axis }) => type === 'INT8' && axis === 0);
    expect(
      weights.some(({ scales, shape }) => scales !== null && scales.length > 1 && scales.length === shape[0]),
    ).toBe(true);
    const depthwise = tensors.find(({ axis, shape }) => axis === 3 && shape.length === 4)!;
    expect(depthwise.scales).toHaveLength(depthwise.shape[3]!);
  });

  it('rounds as the quantized graph does, but for ties', async () => {
    const feeds = imageFeeds(3);
    const model = exportTflite(quantized, { precision: 'int8' });
    const job = { model, outputs: quantized.outputs, runs: [feeds] };
    const [results] = await runInLiteRt([job]);
    const wanted = runInTfjs(quantized, feeds as Record<string, Feed>);
    const largest = Math.max(...wanted.flatMap(({ data }) => [...data.map(Math.abs)]));
    // A step is 1 / 255 of the range; a few may add up on the way.
    expect(maxDifference(wanted, results![0] as Feed[]) / largest).toBeLessThan(0.03);
  });
});
