/** What graph models hold and how the export fails. */
import { beforeAll, expect, it } from 'vitest';
import { exportTfjs, type TfjsModel } from '../../../../compression/export/tfjs/export-tfjs.js';
import { quantize } from '../../../../compression/quantize/quantize.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { contextOf, convolutional, imageFeeds } from '../../quantize/small-networks.js';
import { maxDifference, runInTfjs, TOLERANCE } from '../onnx/parity.js';
import { runGraphModel } from './graph-model.js';

interface ModelJson {
  readonly format: string;
  readonly signature: { readonly inputs: Record<string, unknown>; readonly outputs: Record<string, unknown> };
  readonly modelTopology: { readonly node: readonly { readonly name: string; readonly op: string }[] };
  readonly weightsManifest: readonly [
    {
      readonly paths: readonly string[];
      readonly weights: readonly {
        readonly name: string;
        readonly shape: readonly number[];
        readonly dtype: string;
        readonly quantization?: { readonly dtype: string };
      }[];
    },
  ];
}

const jsonOf = ({ files }: TfjsModel): ModelJson =>
  JSON.parse(new TextDecoder().decode(files.get('model.json')));

function dense(units: number): Graph {
  const b = new GraphBuilder('dense', { seed: 1 });
  return b.finish([b.dense(b.input('a b:c', [null, null, 1024]), { name: 'y', units })]);
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint8: 1 };

beforeAll(async () => {
  await loadEngine({ quiet: true });
});

it.each(['float32', 'float16'] as const)(
  'cuts %s weights into shards of 4 MiB that hold all of them',
  (precision) => {
    const model = exportTfjs(dense(1500), { precision });
    const { format, weightsManifest } = jsonOf(model);
    expect(format).toBe('graph-model');
    const [{ paths, weights }] = weightsManifest;
    expect([...model.files.keys()]).toEqual(['model.json', ...paths]);
    const sizes = paths.map((path) => model.files.get(path)!.length);
    expect(sizes.length).toBe(precision === 'float32' ? 2 : 1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
    const wanted = weights.reduce((sum, { shape, dtype, quantization }) => {
      return sum + shape.reduce((a, b) => a * b, 1) * BYTES[quantization?.dtype ?? dtype]!;
    }, 0);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(wanted);
  },
);

it('names nodes as TensorFlow allows, and inputs and outputs as the graph does', () => {
  const { signature, modelTopology } = jsonOf(exportTfjs(dense(3)));
  expect(signature).toMatchObject({
    inputs: {
      'a b:c': {
        name: 'a_b_c:0',
        dtype: 'DT_FLOAT',
        tensorShape: { dim: [{ size: '-1' }, { size: '-1' }, { size: '1024' }] },
      },
    },
    outputs: { y: { name: 'y:0' } },
  });
  const names = modelTopology.node.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9.][\w./-]*$/);
});

it('gives equal bytes for equal graphs', () => {
  expect(exportTfjs(convolutional()).files).toEqual(exportTfjs(convolutional()).files);
});

it('takes biases and rectifiers into convolutions', () => {
  const ops = jsonOf(exportTfjs(convolutional())).modelTopology.node.map(({ op }) => op);
  expect(ops).toContain('_FusedConv2D');
  expect(ops).toContain('FusedDepthwiseConv2dNative');
  expect(ops).not.toContain('Relu');
});

it('stores integer weights in a byte each, and decodes them exactly', async () => {
  const context = contextOf(imageFeeds);
  const { graph } = await quantize({ activations: 'none' }).apply(convolutional(), context);
  const model = exportTfjs(graph, { precision: 'int8' });
  const [{ weights }] = jsonOf(model).weightsManifest;
  const coded = weights.filter(({ quantization }) => quantization?.dtype === 'uint8');
  expect(coded.length).toBeGreaterThan(5);
  const feeds = { image: imageFeeds(5).image! };
  const [results] = await runGraphModel(model.files, graph.outputs, [feeds]);
  expect(maxDifference(runInTfjs(graph, feeds), results!)).toBeLessThanOrEqual(TOLERANCE);
});

it('refuses int8 of a graph without integer weights, and sizes that it must know', () => {
  expect(() => exportTfjs(dense(3), { precision: 'int8' })).toThrow(
    expect.objectContaining({ code: 'invalid_argument', remedy: expect.stringContaining('quantize') }),
  );
  const b = new GraphBuilder('strided', { seed: 1 });
  const x = b.input('x', [1, null, 8, 3]);
  const graph = b.finish([b.depthwiseConv(x, { kernel: [3, 3], strides: [2, 1] })]);
  expect(() => exportTfjs(graph)).toThrow(
    expect.objectContaining({ code: 'unsupported_operator', remedy: expect.stringContaining('inputShapes') }),
  );
});
