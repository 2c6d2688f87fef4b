/** What the exported files look like and how the export fails. */
import { expect, it } from 'vitest';
import { exportOnnx, exportOnnxModel } from '../../../../compression/export/onnx/export-onnx.js';
import {
  AttributeType,
  DataType,
  decodeModel,
  encodeModel,
} from '../../../../compression/export/onnx/proto.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { loadEngine } from '../../../../models/engine/load-engine.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph } from '../../../../models/graph/ir.js';
import { openSession } from '../../../../models/runtime/session.js';
import { composedGraphs } from './composed-graphs.js';
import { parity, randomFeed } from './parity.js';

const recognizer = composedGraphs.find(({ name }) => name.includes('recurrent'))!.graph;

function small(shape: (number | null)[] = [null, 8, null, 3]): Graph {
  const b = new GraphBuilder('small', { seed: 1 });
  const x = b.input('x', shape);
  return b.finish([b.conv(x, { name: 'y', filters: 4, kernel: [3, 3], strides: [2, 2] })]);
}

it('gives equal bytes for equal graphs', () => {
  expect(exportOnnx(small())).toEqual(exportOnnx(small()));
  expect(exportOnnx(recognizer)).toEqual(exportOnnx(recognizer));
});

it('survives reading and writing again', () => {
  const bytes = exportOnnx(recognizer);
  expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
});

it('writes what it is told: versions, producer, metadata, layouts', () => {
  const options = {
    opset: 20,
    producer: { name: 'me', version: '1.2' },
    metadata: { 'z.last': 'Ω', 'a.first': '1' },
  };
  const model = decodeModel(exportOnnx(small(), options));
  expect(model.irVersion).toBe(9);
  expect(model.opsetImport).toEqual([{ domain: '', version: 20 }]);
  expect([model.producerName, model.producerVersion]).toEqual(['me', '1.2']);
  expect(model.metadataProps).toEqual([
    { key: 'a.first', value: '1' },
    { key: 'pocketlens.layouts', value: '{"x":"NCHW","y":"NCHW"}' },
    { key: 'z.last', value: 'Ω' },
  ]);
});

it('declares images channels first and names dynamic dimensions', async () => {
  const graph = small();
  const session = await openSession(exportOnnx(graph));
  const [input, output] = [session.inputs[0]!, session.outputs[0]!];
  expect([input.shape, input.symbols]).toEqual([
    [null, 3, 8, null],
    ['batch', null, null, 'width'],
  ]);
  expect([output.shape, output.symbols]).toEqual([
    [null, 4, 4, null],
    ['batch', null, null, 'y_width'],
  ]);
  await session.dispose();
  const named = exportOnnxModel(graph, { dimensionNames: { x: ['lines', null, null, null] } });
  expect(named.graph.input[0]!.type.tensorType.shape.dim[0]).toEqual({ dimParam: 'lines' });
});

it('doubles codes plane by plane, between two of Reshape, and comes back through the import', async () => {
  await loadEngine({ quiet: true });
  const b = new GraphBuilder('doubled', { seed: 1 });
  const x = b.input('x', [null, null, null, 3]);
  const graph = b.finish([b.resize(b.quantizeDequantize(x), { name: 'y', mode: 'nearest', scales: [2, 2] })]);
  const types = decodeModel(exportOnnx(graph)).graph.node.map(({ opType }) => opType);
  const rounded = ['QuantizeLinear', 'DequantizeLinear'];
  expect(types).toEqual([...rounded, 'Reshape', ...rounded, 'Resize', ...rounded, 'Reshape']);
  for (const dims of [
    [1, 3, 5, 4],
    [2, 3, 2, 7],
  ]) {
    const feeds = { x: randomFeed([dims[0]!, dims[2]!, dims[3]!, 3], 1) };
    expect(await parity(graph, feeds)).toBeLessThan(1e-6);
    expect(await parity(importOnnx(exportOnnx(graph)).graph, feeds)).toBeLessThan(1e-6);
  }
});

it('scales by fractions as the graph does, whatever the size turns out to be', async () => {
  await loadEngine({ quiet: true });
  const b = new GraphBuilder('scaled', { seed: 1 });
  const x = b.input('x', [null, null, null, 3]);
  const graph = b.finish([
    b.resize(x, { scales: [0.3, 1.5] }),
    b.resize(x, { mode: 'nearest', scales: [0.3, 1.5] }),
  ]);
  for (const dims of [
    [1, 7, 5, 3],
    [2, 3, 1, 3],
  ])
    expect(await parity(graph, { x: randomFeed(dims, 1) })).toBeLessThan(1e-5);
});

it('keeps images NHWC at the borders where it is told to', async () => {
  const b = new GraphBuilder('borders', { seed: 1 });
  const x = b.input('x', [null, 4, 5, 3]);
  const y = b.conv(x, { name: 'y', filters: 2, kernel: [1, 1] });
  const graph = b.finish([y, b.relu(y, { name: 'z' })]);
  const bytes = exportOnnx(graph, { channelsLast: new Set(['x', 'y']) });
  const feed = { data: randomFeed([2, 4, 5, 3], 1).data, dims: [2, 4, 5, 3] };
  const session = await openSession(bytes);
  const results = await session.run({ x: feed });
  await session.dispose();
  expect([results.y!.dims, results.z!.dims]).toEqual([
    [2, 4, 5, 2],
    [2, 2, 4, 5],
  ]);
  const again = importOnnx(bytes);
  expect(again.report.layouts).toEqual({ x: 'NHWC', y: 'NHWC', z: 'NCHW' });
  expect(again.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Relu']);
});

it('writes "same" as numbers where the size is known or does not matter, else as SAME_UPPER', () => {
  const pads = (graph: Graph) =>
    exportOnnxModel(graph)
      .graph.node.filter(({ opType }) => opType === 'Conv')
      .map(({ attribute }) => attribute.find(({ name }) => name === 'pads')?.ints);
  expect(pads(small([1, 8, 9, 3]))).toEqual([[0, 1, 1, 1]]);
  expect(pads(small())).toEqual([undefined]);
  const b = new GraphBuilder('dynamic', { seed: 1 });
  const x = b.input('x', [null, null, null, 3]);
  const dilated = b.conv(x, { filters: 2, kernel: [3, 5], dilations: [1, 2] });
  expect(pads(b.finish([b.conv(dilated, { filters: 2, kernel: [1, 1], strides: [2, 2] })]))).toEqual([
    [1, 4, 1, 4],
    [0, 0, 0, 0],
  ]);
});

it('keeps integers and floats apart in attributes', () => {
  const b = new GraphBuilder('types', { seed: 1 });
  const x = b.input('x', [1, 4, 4, 3]);
  const graph = b.finish([b.hardSigmoid(b.softmax(x, { axis: 1 }), { alpha: 1, beta: 0 })]);
  const attributes = decodeModel(exportOnnx(graph)).graph.node.flatMap(({ attribute }) => attribute);
  expect(attributes).toMatchObject([
    { name: 'axis', type: AttributeType.int, i: 2 },
    { name: 'alpha', type: AttributeType.float, f: 1 },
    { name: 'beta', type: AttributeType.float, f: 0 },
  ]);
});

it('writes shared weights once', () => {
  const b = new GraphBuilder('tied', { seed: 1 });
  const x = b.conv(b.input('x', [1, 4, 4, 3]), { name: 'first', filters: 3, kernel: [3, 3] });
  const graph = b.finish([b.conv(x, { filters: 3, kernel: [3, 3], tiedTo: 'first' })]);
  expect(exportOnnxModel(graph).graph.initializer).toHaveLength(2);
});

it('gives an output its name even when it is an input or another output', async () => {
  const b = new GraphBuilder('aliases', { seed: 1 });
  const x = b.input('x', [1, 2, 3, 4]);
  const y = b.relu(x);
  const graph = b.finish([b.identity(y, { name: 'same' }), y, b.identity(x, { name: 'copy' })]);
  const session = await openSession(exportOnnx(graph));
  expect(session.outputs.map(({ name }) => name)).toEqual(graph.outputs);
  await session.dispose();
});

it('stores large weights as float16 where it is told to, and computes in float32', async () => {
  const b = new GraphBuilder('large', { seed: 1 });
  const x = b.conv(b.input('x', [1, 8, null, 96]), { filters: 64, kernel: [3, 3] });
  const graph = b.finish([b.conv(x, { filters: 4, kernel: [1, 1] })]);
  const { graph: file } = exportOnnxModel(graph, { precision: 'float16' });
  const half = file.initializer.filter(({ dataType }) => dataType === DataType.float16);
  expect(half.map(({ dims }) => dims)).toEqual([[64, 96, 3, 3]]);
  expect(file.node.filter(({ opType }) => opType === 'Cast')).toHaveLength(1);
  expect(exportOnnx(graph, { precision: 'float16' }).length).toBeLessThan(0.55 * exportOnnx(graph).length);
  await loadEngine({ quiet: true });
  const difference = await parity(graph, { x: randomFeed([1, 8, 9, 96], 1) }, { precision: 'float16' });
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThanOrEqual(5e-3);
});

it('fixes the sizes that it is told, and no others', async () => {
  const session = await openSession(exportOnnx(small(), { inputShapes: { x: [1, 8, 40, 3] } }));
  expect([session.inputs[0]!.shape, session.outputs[0]!.shape]).toEqual([
    [1, 3, 8, 40],
    [1, 4, 4, 20],
  ]);
  await session.dispose();
  const width = exportOnnxModel(small(), { inputShapes: { x: [1, null, null, null] } });
  expect(width.graph.input[0]!.type.tensorType.shape.dim).toEqual([
    { dimValue: 1 },
    { dimValue: 3 },
    { dimValue: 8 },
    { dimParam: 'width' },
  ]);
  for (const inputShapes of [{ y: [1, 8, 8, 3] }, { x: [0, 8, 8, 3] }])
    expect(() => exportOnnx(small(), { inputShapes })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  expect(() => exportOnnx(small(), { inputShapes: { x: [1, 9, 8, 3] } })).toThrow(
    expect.objectContaining({ code: 'invalid_graph' }),
  );
});

it('refuses what it cannot write, with a reason', () => {
  const graph = small();
  const strange = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, op: 'toString' })) };
  expect(() => exportOnnx(strange)).toThrow(expect.objectContaining({ code: 'unsupported_operator' }));
  expect(() => exportOnnx(graph, { opset: 7 })).toThrow(
    /operator set from 17 to 21 for opset but received 7/,
  );
  expect(() => exportOnnx({ ...graph, outputs: ['y', 'y'] })).toThrow(
    expect.objectContaining({ code: 'invalid_graph' }),
  );
});

it.each([0, 1, 7, 100])('refuses a file cut after %i bytes', (length) => {
  expect(() => decodeModel(exportOnnx(small()).subarray(0, length))).toThrow(
    expect.objectContaining({ code: 'model_corrupt' }),
  );
});
