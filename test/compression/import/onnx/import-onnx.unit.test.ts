/** What is refused and how it is told; what becomes of names, layouts and metadata. */
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../../compression/export/onnx/export-onnx.js';
import { encodeModel } from '../../../../compression/export/onnx/proto.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { nodeName, readableName } from '../../../../compression/import/onnx/names.js';
import { readTensor } from '../../../../compression/import/onnx/tensor.js';
import type { PocketlensError } from '../../../../models/base/errors.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Param } from '../../../../models/graph/ir.js';
import { type FileInput, file, floats, integers, model, node, weights } from './file.js';

const image: FileInput['inputs'] = { x: ['n', 3, 8, 8] };

function failure(input: FileInput): PocketlensError {
  try {
    importOnnx(file(input));
  } catch (cause) {
    return cause as PocketlensError;
  }
  throw new Error('Expected a failure.');
}

describe('operators that the graph lacks', () => {
  it('are named all at once, with their nodes and a remedy', () => {
    const nodes = [
      node('Sin', ['x'], ['a'], {}, 'first/sin'),
      node('Relu', ['a'], ['b']),
      node('Resize', ['x', '', 's'], ['c'], { mode: 'cubic' }, 'up'),
      ...[1, 2, 3, 4].map((i) => node('GridSample', ['x', 'x'], [`g${i}`], {}, `grid${i}`)),
      node('Concat', ['b', 'c', 'g1', 'g2', 'g3', 'g4'], ['y'], { axis: 1 }),
      node('NonMaxSuppression', ['x'], ['unused']),
    ];
    const error = failure({ nodes, inputs: image, outputs: ['y'], constants: [floats('s', [1, 1, 2, 2])] });
    expect(error.code).toBe('unsupported_operator');
    expect(error.message).toContain('Sin ("first/sin"); Resize with mode cubic ("up")');
    expect(error.message).toContain('GridSample ("grid1", "grid2", "grid3", and 1 more)');
    // What nobody needs and what only lacks its input is no fault of its own.
    expect(error.message).not.toMatch(/NonMax|Relu|Concat/);
    expect(error.remedy).toContain('operator set 17');
    expect(error.details.nodes).toHaveLength(6);
  });

  it.each([
    [
      'Resize',
      { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
      /Resize with mode linear and coordinates align_corners/,
    ],
    ['Resize', { mode: 'linear', coordinate_transformation_mode: 'asymmetric' }, /coordinates asymmetric/],
    ['Resize', { mode: 'nearest', nearest_mode: 'ceil' }, /rounding ceil/],
    ['MaxPool', { kernel_shape: [2, 2], dilations: [2, 2] }, /MaxPool with dilations/],
    ['Pad', { mode: 'wrap' }, /Pad with mode wrap/],
    ['Cast', { to: 7 }, /Cast to integers/],
  ] as const)('%s %o', (op, attributes, message) => {
    const inputs = op === 'Resize' ? ['x', '', 's'] : op === 'Pad' ? ['x', 'p'] : ['x'];
    const constants = [floats('s', [1, 1, 2, 2]), integers('p', [0, 0, 1, 1, 0, 0, 1, 1])];
    expect(
      failure({ nodes: [node(op, inputs, ['y'], attributes)], inputs: image, outputs: ['y'], constants })
        .message,
    ).toMatch(message);
  });

  it('include sizes known only at run time, with what to do about them', () => {
    const nodes = [
      node('Shape', ['z'], ['s']),
      node('Resize', ['x', '', '', 's'], ['y'], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      }),
    ];
    const input = { nodes, inputs: { x: ['n', 3, 8, 8], z: ['n', 3, 'h', 'w'] }, outputs: ['y'] };
    const error = failure(input);
    expect(error.message).toContain('Resize to a size known only at run time');
    expect(error.remedy).toContain('inputShapes');
    const { graph } = importOnnx(file(input), { inputShapes: { z: [null, 3, 16, 24] } });
    expect(graph.nodes.map(({ attrs }) => attrs.scales)).toEqual([[2, 3]]);
  });

  it('include those of other domains, outputs that the graph has not, weights in another file', () => {
    const custom = { ...node('Gelu', ['x'], ['y']), domain: 'com.microsoft' };
    expect(failure({ nodes: [custom], inputs: image, outputs: ['y'] }).message).toContain(
      'com.microsoft:Gelu',
    );
    const indices = node('MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2] });
    expect(failure({ nodes: [indices], inputs: image, outputs: ['y', 'i'] }).message).toContain(
      'MaxPool with its output 1',
    );
    const external = { name: 'w', dims: [3, 3, 1, 1], dataType: 1, dataLocation: 1 };
    const conv = node('Conv', ['x', 'w'], ['y']);
    expect(
      failure({ nodes: [conv], inputs: image, outputs: ['y'], constants: [external] }).message,
    ).toContain('elements in another file');
  });

  it('include all of a file without operators of ONNX itself', () => {
    const trees = { ...node('TreeEnsembleClassifier', ['x'], ['y']), domain: 'ai.onnx.ml' };
    const written = model({ nodes: [trees], inputs: image, outputs: ['y'] });
    const bytes = encodeModel({ ...written, opsetImport: [{ domain: 'ai.onnx.ml', version: 3 }] });
    expect(() => importOnnx(bytes)).toThrow('ai.onnx.ml:TreeEnsembleClassifier ("y")');
  });

  it('include inputs of integers, by their name and type', () => {
    const written = model({ nodes: [node('Relu', ['x'], ['y'])], inputs: image, outputs: ['y'] });
    written.graph.input[0]!.type.tensorType.elemType = 7;
    expect(() => importOnnx(encodeModel(written))).toThrow('Input "x" of int64');
  });

  it('include codes in blocks that are longer than they need be, but not in others', () => {
    const codes = (blockSize: number) => ({
      nodes: [
        node('DequantizeLinear', ['q', 's'], ['w'], { axis: 0, block_size: blockSize }),
        node('MatMul', ['x', 'w'], ['y']),
      ],
      inputs: { x: ['n', 10] },
      outputs: ['y'],
      opset: 21,
      constants: [
        integers('q', Array(20).fill(1), [10, 2], 'int8'),
        floats('s', [1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
      ],
    });
    expect(importOnnx(file(codes(3))).graph.params.size).toBe(1);
    expect(importOnnx(file(codes(0))).graph.params.size).toBe(1);
    expect(failure(codes(4)).message).toContain('DequantizeLinear with blocks of unequal length');
  });

  it('include square roots that are of no layer normalisation', () => {
    expect(failure({ nodes: [node('Sqrt', ['x'], ['y'])], inputs: image, outputs: ['y'] }).message).toContain(
      'Sqrt ("y")',
    );
    const nodes = [
      node('ReduceMean', ['x'], ['m'], { axes: [1] }),
      node('Sub', ['x', 'm'], ['d']),
      node('Mul', ['d', 'd'], ['q']),
      node('ReduceMean', ['q'], ['v'], { axes: [1] }),
      node('Add', ['v', 'e'], ['a']),
      node('Sqrt', ['a'], ['s']),
      node('Div', ['x', 's'], ['y']),
    ];
    const constants = [floats('e', [1e-5], [])];
    expect(failure({ nodes, inputs: image, outputs: ['y'], constants }).message).toContain(
      'Div by a square root ("y")',
    );
  });

  it('and operator sets out of reach', () => {
    expect(
      failure({ nodes: [node('Relu', ['x'], ['y'])], inputs: image, outputs: ['y'], opset: 3 }).message,
    ).toContain('set 3');
  });
});

it('says what to do about weights that are no numbers', () => {
  const nodes = [node('Conv', ['x', 'w'], ['y'])];
  const error = failure({
    nodes,
    inputs: image,
    outputs: ['y'],
    constants: [floats('w', [1, Number.NaN, 1], [1, 3, 1, 1])],
  });
  expect([error.code, error.remedy]).toEqual(['invalid_graph', expect.stringContaining('export')]);
});

it('notes inputs that take other numbers than in the file', () => {
  const written = model({ nodes: [node('Relu', ['x'], ['y'])], inputs: image, outputs: ['y'] });
  written.graph.input[0]!.type.tensorType.elemType = 10;
  expect(importOnnx(encodeModel(written)).report.notes).toEqual([
    'Input "x" takes float32, and no longer float16.',
  ]);
});

it('refuses options that do not fit the file', () => {
  const bytes = file({ nodes: [node('Relu', ['x'], ['y'])], inputs: image, outputs: ['y'] });
  const invalid = expect.objectContaining({ code: 'invalid_argument' });
  expect(() => importOnnx(bytes, { inputShapes: { z: [1] } })).toThrow(invalid);
  expect(() => importOnnx(bytes, { inputShapes: { x: [1, 3, 0, 8] } })).toThrow(invalid);
});

describe('layouts', () => {
  const relu = (dims: readonly (number | string)[], layout?: 'NCHW' | 'NHWC') =>
    importOnnx(
      file({ nodes: [node('Relu', ['x'], ['y'])], inputs: { x: dims }, outputs: ['y'] }),
      layout ? { layout } : {},
    );

  it('are NHWC in the graph, whatever the file has', () => {
    expect(relu(['n', 3, 8, 9]).graph.inputs[0]!.shape).toEqual([null, 8, 9, 3]);
    expect(relu(['n', 8, 9, 3]).graph.inputs[0]!.shape).toEqual([null, 8, 9, 3]);
    expect(relu(['n', 8, 9, 3]).report.layouts).toEqual({ x: 'NHWC', y: 'NHWC' });
    expect(relu(['n', 16, 8, 9], 'NHWC').graph.inputs[0]!.shape).toEqual([null, 16, 8, 9]);
    expect(relu(['n', 8, 9, 3]).graph.nodes).toHaveLength(1);
    expect(relu(['n', 5, 7]).graph.inputs[0]!.shape).toEqual([null, 5, 7]);
  });
});

it('records where the graph comes from', () => {
  const written = model({ nodes: [node('Relu', ['x'], ['y'])], inputs: image, outputs: ['y'] });
  const { graph, report } = importOnnx(
    encodeModel({
      ...written,
      producerName: 'pytorch',
      producerVersion: '2.4',
      metadataProps: [{ key: 'classes', value: 'dog' }],
    }),
  );
  expect(graph.meta).toEqual({
    onnx: {
      producer: 'pytorch 2.4',
      opset: 17,
      irVersion: 8,
      metadata: { classes: 'dog' },
      layouts: { x: 'NCHW', y: 'NCHW' },
    },
  });
  expect(report).toMatchObject({
    opset: 17,
    producer: 'pytorch 2.4',
    fileNodes: 1,
    foldedNodes: 0,
    operators: { Relu: 1 },
    notes: [],
  });
  expect(importOnnx(encodeModel(written), { name: 'mine' }).graph.name).toBe('mine');
});

describe('names', () => {
  it.each([
    ['/encoder/Concat_output_0', 'encoder/Concat'],
    ['model/conv1/Relu:0', 'model/conv1/Relu'],
    ['block/conv::0231', 'block/conv'],
    ['365', undefined],
  ])('%s → %s', (from, to) => {
    expect(readableName(from)).toBe(to);
  });

  it('fall back on the node and on the operator', () => {
    expect(nodeName('365', 'Conv_12', 'Conv')).toBe('Conv_12');
    expect(nodeName('365', '365', 'Conv')).toBe('conv_365');
    expect(nodeName('365', '365', 'Conv', 'layer1.0.conv1.weight')).toBe('layer1.0.conv1');
    expect(nodeName('/head/fc/Gemm_output_0', '', 'Gemm')).toBe('head/fc');
  });

  it('are unique, and those of inputs and outputs the file’s own', () => {
    const nodes = [
      node('Relu', ['x'], ['/a_output_0']),
      node('Tanh', ['/a_output_0'], ['a:0']),
      node('Relu', ['a:0'], ['9']),
    ];
    const { graph } = importOnnx(file({ nodes, inputs: image, outputs: ['9', 'a:0'] }));
    expect(graph.nodes.map(({ id }) => id)).toEqual(['a', 'a:0', '9']);
    expect(graph.outputs).toEqual(['9', 'a:0']);
  });
});

it('keeps tied weights tied', () => {
  const nodes = [node('Conv', ['x', 'w'], ['a']), node('Conv', ['a', 'w'], ['y'])];
  const { graph } = importOnnx(
    file({ nodes, inputs: image, outputs: ['y'], constants: [weights('w', [3, 3, 1, 1])] }),
  );
  expect([...graph.params.keys()]).toEqual(['a/weight']);
});

it('keeps the codes of weights, through the exporter and back', () => {
  const b = new GraphBuilder('coded', { seed: 1 });
  const graph = b.finish([
    b.dense(b.conv(b.input('x', [1, 4, 4, 2]), { name: 'c', filters: 3, kernel: [1, 1], bias: false }), {
      name: 'd',
      units: 2,
    }),
  ]);
  const scales = Float32Array.of(0.5, 0.25, 0.125);
  const coded: Param = {
    shape: [1, 1, 2, 3],
    data: Float32Array.of(0.5, 0.25, 0.125, -1, -0.5, 15.875),
    trainable: true,
    encoding: {
      kind: 'affine',
      bits: 8,
      signed: true,
      scaleShape: [1, 1, 1, 3],
      scales,
      zeroPoints: new Int32Array(3),
    },
  };
  const params = new Map(graph.params).set('c/weight', coded);
  expect(importOnnx(exportOnnx({ ...graph, params })).graph.params.get('c/weight')).toEqual(coded);
});

describe('tensors', () => {
  it('of every type read as numbers', () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    expect([
      ...(readTensor({ dims: [2], dataType: 10, rawData: bytes(0, 0x3c, 0, 0xc0) }).data as Float32Array),
    ]).toEqual([1, -2]);
    expect([
      ...(readTensor({ dims: [1], dataType: 16, rawData: bytes(0x80, 0x3f) }).data as Float32Array),
    ]).toEqual([1]);
    expect(Array.from(readTensor({ dims: [3], dataType: 22, rawData: bytes(0xf1, 0x08) }).data)).toEqual([
      1, -1, -8,
    ]);
    expect(Array.from(readTensor({ dims: [2], dataType: 7, int64Data: [2 ** 63, -5] }).data)).toEqual([
      Number.MAX_SAFE_INTEGER,
      -5,
    ]);
    expect(Array.from(readTensor({ dims: [], dataType: 9, int32Data: [1] }).data)).toEqual([1]);
    expect(Array.from(readTensor({ dims: [1], dataType: 11, doubleData: [0.5] }).data)).toEqual([0.5]);
  });

  it('must hold what they declare', () => {
    for (const dims of [[3], [-1, -2], [2 ** 60], [1.5]])
      expect(() => readTensor({ dims, dataType: 1, rawData: new Uint8Array(8) }, 'w')).toThrow(/tensor "w"/);
  });
});
