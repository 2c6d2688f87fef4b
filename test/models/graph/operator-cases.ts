/**
 * Small graphs, at least one an operator: what the tests of execution, of shapes, of gradients and of every export
 * format walk over. Add a case here when you add an operator; the registry test fails until you do.
 */
import { Random } from '../../../models/base/random.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import type { Graph, Param, Shape, ValueId } from '../../../models/graph/ir.js';

export interface Feed {
  readonly shape: number[];
  readonly data: Float32Array;
}

export interface OperatorCase {
  readonly op: string;
  readonly name: string;
  build(): { graph: Graph; feeds: Record<ValueId, Feed> };
}

type Inputs = Readonly<Record<ValueId, readonly number[]>>;

interface CaseOptions {
  /** Declares these axes of every input unknown. */
  readonly unknown?: readonly number[];
  /** Values of the feeds lie within ± this; default 2. */
  readonly spread?: number;
  /** Only positive values of at least 0.5: divisors. */
  readonly positive?: readonly ValueId[];
}

export const operatorCases: OperatorCase[] = [];

function add(
  op: string,
  name: string,
  inputs: Inputs,
  build: (b: GraphBuilder, ids: ValueId[]) => ValueId,
  options: CaseOptions = {},
): void {
  operatorCases.push({
    op,
    name: `${op}: ${name}`,
    build() {
      const b = new GraphBuilder(op.toLowerCase(), { seed: 7 });
      const ids = Object.entries(inputs).map(([id, shape]) => b.input(id, declared(shape, options)));
      const graph = withRandomParams(b.finish([build(b, ids)]));
      const feeds = Object.entries(inputs).map(([id, shape]) => [id, feed(id, shape, options)] as const);
      return { graph, feeds: Object.fromEntries(feeds) };
    },
  });
}

function declared(shape: readonly number[], { unknown = [0] }: CaseOptions): Shape {
  return shape.map((size, axis) => (unknown.includes(axis) ? null : size));
}

/** Distinct values, evenly spaced and shuffled: no two are close, so maxima are stable under small differences. */
function feed(id: string, shape: readonly number[], { spread = 2, positive = [] }: CaseOptions): Feed {
  const size = shape.reduce((a, b) => a * b, 1);
  const random = new Random(3, 'feed', id, size);
  const order = random.shuffle(Array.from({ length: size }, (_, i) => i));
  const data = Float32Array.from(order, (i) => ((2 * i + 1) / size - 1) * spread);
  return { shape: [...shape], data: positive.includes(id) ? data.map((v) => Math.abs(v) + 0.5) : data };
}

/** Biases, scales and running statistics away from their neutral start. */
function withRandomParams(graph: Graph): Graph {
  const params = new Map<string, Param>();
  for (const [id, param] of graph.params) {
    const random = new Random(5, id);
    const isFactor = id.endsWith('/scale') || id.endsWith('/variance');
    const isWeight = id.endsWith('/weight') || id.includes('/kernel');
    // A zero point is one of the codes.
    if (id.endsWith('/zeroPoint')) {
      params.set(id, { ...param, data: Float32Array.of(random.int(0, 3)) });
      continue;
    }
    const data = isWeight
      ? param.data
      : param.data.map(() => (isFactor ? random.range(0.5, 2) : random.range(-0.5, 0.5)));
    params.set(id, { ...param, data });
  }
  return { ...graph, params };
}

const image = [2, 5, 6, 4];

add('Conv', '3x3 same', { x: image }, (b, [x]) => b.conv(x!, { filters: 3, kernel: [3, 3] }), {
  unknown: [0, 2],
});
add('Conv', '1x1 without bias', { x: image }, (b, [x]) =>
  b.conv(x!, { filters: 5, kernel: [1, 1], bias: false }),
);
add('Conv', 'strides [2, 1], even kernel, same', { x: image }, (b, [x]) =>
  b.conv(x!, { filters: 3, kernel: [4, 2], strides: [2, 1] }),
);
add(
  'Conv',
  'strides 2 on an odd and an even size, same',
  { x: [1, 7, 6, 2] },
  (b, [x]) => b.conv(x!, { filters: 3, kernel: [3, 3], strides: [2, 2] }),
  { unknown: [0, 1, 2] },
);
add('Conv', 'valid', { x: image }, (b, [x]) => b.conv(x!, { filters: 2, kernel: [5, 1], pads: 'valid' }));
add('Conv', 'unequal explicit pads', { x: image }, (b, [x]) =>
  b.conv(x!, { filters: 2, kernel: [3, 3], strides: [1, 2], pads: [0, 2, 1, 1] }),
);
add('Conv', 'dilated, same', { x: image }, (b, [x]) =>
  b.conv(x!, { filters: 3, kernel: [3, 2], dilations: [2, 3] }),
);
add('Conv', 'dilated and strided, valid', { x: [1, 9, 8, 2] }, (b, [x]) =>
  b.conv(x!, { filters: 3, kernel: [3, 3], dilations: [2, 1], strides: [2, 2], pads: 'valid' }),
);
add('Conv', 'two groups', { x: image }, (b, [x]) => b.conv(x!, { filters: 6, kernel: [3, 3], groups: 2 }));
add('Conv', 'depthwise', { x: image }, (b, [x]) => b.depthwiseConv(x!, { kernel: [3, 3] }));
add('Conv', 'depthwise, strides 2, explicit pads', { x: image }, (b, [x]) =>
  b.depthwiseConv(x!, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
);
add('Conv', 'depthwise, strides [2, 1], same', { x: [1, 8, 5, 3] }, (b, [x]) =>
  b.depthwiseConv(x!, { kernel: [3, 5], strides: [2, 1], bias: false }),
);
add('Conv', 'depthwise, strides [2, 3], valid', { x: [1, 8, 9, 3] }, (b, [x]) =>
  b.depthwiseConv(x!, { kernel: [3, 3], strides: [2, 3], pads: 'valid' }),
);
add('Conv', 'depthwise, dilated', { x: image }, (b, [x]) =>
  b.depthwiseConv(x!, { kernel: [3, 3], dilations: [1, 2] }),
);

add(
  'ConvTranspose',
  'strides 2, kernel 2',
  { x: [2, 3, 4, 3] },
  (b, [x]) => b.convTranspose(x!, { filters: 2, kernel: [2, 2], strides: [2, 2] }),
  { unknown: [0, 1, 2] },
);
add('ConvTranspose', 'strides 2, kernel 3, same', { x: [1, 3, 4, 3] }, (b, [x]) =>
  b.convTranspose(x!, { filters: 2, kernel: [3, 3], strides: [2, 2], bias: false }),
);
add('ConvTranspose', 'strides [2, 1], kernel 4x3, same', { x: [1, 3, 4, 2] }, (b, [x]) =>
  b.convTranspose(x!, { filters: 3, kernel: [4, 3], strides: [2, 1] }),
);
add('ConvTranspose', 'kernel below the strides, same', { x: [1, 3, 2, 2] }, (b, [x]) =>
  b.convTranspose(x!, { filters: 2, kernel: [1, 2], strides: [2, 3] }),
);
add('ConvTranspose', 'valid', { x: [1, 3, 2, 2] }, (b, [x]) =>
  b.convTranspose(x!, { filters: 2, kernel: [3, 3], strides: [2, 2], pads: 'valid' }),
);

add('BatchNormalization', 'image', { x: image }, (b, [x]) => b.batchNorm(x!), { unknown: [0, 1, 2] });
add('BatchNormalization', 'sequence', { x: [3, 4, 5] }, (b, [x]) => b.batchNorm(x!, { epsilon: 1e-2 }), {
  unknown: [0, 1],
});

add('Relu', 'image', { x: image }, (b, [x]) => b.relu(x!));
add('Clip', 'to 0 … 6', { x: image }, (b, [x]) => b.relu6(x!), { spread: 9 });
add('Clip', 'to −1 … 0.5', { x: [3, 7] }, (b, [x]) => b.clip(x!, { min: -1, max: 0.5 }));
add('HardSwish', 'image', { x: image }, (b, [x]) => b.hardSwish(x!), { spread: 5 });
add('HardSigmoid', 'default', { x: image }, (b, [x]) => b.hardSigmoid(x!), { spread: 5 });
add('HardSigmoid', 'steep', { x: [2, 3, 4] }, (b, [x]) => b.hardSigmoid(x!, { alpha: 0.4, beta: 0.31 }));
add('Sigmoid', 'image', { x: image }, (b, [x]) => b.sigmoid(x!), { spread: 4 });
add('Tanh', 'sequence', { x: [2, 3, 4] }, (b, [x]) => b.tanh(x!));
add('Erf', 'sequence', { x: [2, 3, 4] }, (b, [x]) => b.erf(x!), { spread: 2 });
add('Gelu', 'image', { x: image }, (b, [x]) => b.gelu(x!), { spread: 3 });
add('Gelu', 'by tanh', { x: [2, 3, 4] }, (b, [x]) => b.gelu(x!, { approximate: 'tanh' }), { spread: 3 });
add('Softmax', 'channels', { x: [2, 3, 5] }, (b, [x]) => b.softmax(x!), { spread: 3 });
add('Softmax', 'channels of an image', { x: [2, 3, 2, 5] }, (b, [x]) => b.softmax(x!), { spread: 3 });
add('Softmax', 'width', { x: [2, 3, 4, 2] }, (b, [x]) => b.softmax(x!, { axis: 2 }));
add('LogSoftmax', 'channels', { x: [2, 3, 5] }, (b, [x]) => b.logSoftmax(x!), { spread: 4 });
add('LogSoftmax', 'time', { x: [2, 6, 3] }, (b, [x]) => b.logSoftmax(x!, { axis: -2 }));
add('LayerNormalization', 'sequence', { x: [2, 3, 6] }, (b, [x]) => b.layerNorm(x!), { unknown: [0, 1] });
add('LayerNormalization', 'image', { x: image }, (b, [x]) => b.layerNorm(x!, { epsilon: 1e-3 }));

add('Add', 'equal shapes', { x: image, y: image }, (b, [x, y]) => b.add(x!, y!), { unknown: [0, 2] });
add('Add', 'a value to itself', { x: image }, (b, [x]) => b.add(x!, x!));
add('Add', 'over height and width', { x: image, y: [2, 1, 1, 4] }, (b, [x, y]) => b.add(x!, y!));
add('Sub', 'equal shapes', { x: [2, 3, 4], y: [2, 3, 4] }, (b, [x, y]) => b.sub(x!, y!));
add('Sub', 'of a lower rank', { x: image, y: [6, 4] }, (b, [x, y]) => b.sub(x!, y!), { unknown: [] });
add('Mul', 'squeeze and excite', { x: image, y: [2, 1, 1, 4] }, (b, [x, y]) => b.mul(x!, y!));
add('Mul', 'by one channel', { x: image, y: [2, 5, 6, 1] }, (b, [x, y]) => b.mul(x!, y!));
add('Div', 'equal shapes', { x: [2, 3, 4], y: [2, 3, 4] }, (b, [x, y]) => b.div(x!, y!), { positive: ['y'] });
add('Div', 'by the sum over time', { x: [2, 3, 4], y: [2, 1, 4] }, (b, [x, y]) => b.div(x!, y!), {
  positive: ['y'],
});
add('Concat', 'channels', { x: image, y: [2, 5, 6, 2], z: [2, 5, 6, 1] }, (b, ids) => b.concat(ids), {
  unknown: [0, 2],
});
add('Concat', 'width', { x: image, y: [2, 5, 3, 4] }, (b, ids) => b.concat(ids, { axis: 2 }));
add('Concat', 'time of a sequence', { x: [2, 3, 4], y: [2, 5, 4] }, (b, ids) => b.concat(ids, { axis: 1 }));
add('Concat', 'one value', { x: image }, (b, ids) => b.concat(ids));

add('MaxPool', '2x2', { x: image }, (b, [x]) => b.maxPool(x!, { kernel: [2, 2] }), { unknown: [0, 1, 2] });
add('MaxPool', '3x3, strides 2, same', { x: image }, (b, [x]) =>
  b.maxPool(x!, { kernel: [3, 3], strides: [2, 2], pads: 'same' }),
);
add('MaxPool', 'strides [2, 1], unequal explicit pads', { x: image }, (b, [x]) =>
  b.maxPool(x!, { kernel: [2, 3], strides: [2, 1], pads: [1, 0, 0, 2] }),
);
add('AveragePool', '2x2', { x: image }, (b, [x]) => b.averagePool(x!, { kernel: [2, 2] }));
add('AveragePool', '3x3, strides 2, same', { x: image }, (b, [x]) =>
  b.averagePool(x!, { kernel: [3, 3], strides: [2, 2], pads: 'same' }),
);
add('AveragePool', 'unequal explicit pads', { x: image }, (b, [x]) =>
  b.averagePool(x!, { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] }),
);
add('GlobalAveragePool', 'image', { x: image }, (b, [x]) => b.globalAveragePool(x!), { unknown: [0, 1, 2] });
add('ReduceMean', 'height', { x: image }, (b, [x]) => b.reduceMean(x!, { axes: [1] }), { unknown: [0, 2] });
add('ReduceMean', 'height and width, kept', { x: image }, (b, [x]) =>
  b.reduceMean(x!, { axes: [1, -2], keepdims: true }),
);
add('ReduceMean', 'channels, kept', { x: [2, 3, 4] }, (b, [x]) =>
  b.reduceMean(x!, { axes: [-1], keepdims: true }),
);
add('ReduceMax', 'height', { x: image }, (b, [x]) => b.reduceMax(x!, { axes: [1] }));
add('ReduceMax', 'channels, kept', { x: image }, (b, [x]) => b.reduceMax(x!, { axes: [3], keepdims: true }));

add('Resize', 'linear, twice', { x: [2, 3, 4, 2] }, (b, [x]) => b.resize(x!, { scales: [2, 2] }), {
  unknown: [0, 1, 2],
});
add('Resize', 'linear, [1, 4]', { x: [1, 3, 4, 2] }, (b, [x]) => b.resize(x!, { scales: [1, 4] }));
add(
  'Resize',
  'linear, 0.3 and 1.5 times',
  { x: [2, 7, 5, 2] },
  (b, [x]) => b.resize(x!, { scales: [0.3, 1.5] }),
  {
    unknown: [0],
  },
);
add('Resize', 'linear, of one pixel', { x: [1, 1, 1, 2] }, (b, [x]) => b.resize(x!, { scales: [0.5, 0.5] }));
add('Resize', 'linear, half', { x: [1, 4, 6, 2] }, (b, [x]) => b.resize(x!, { scales: [0.5, 0.5] }));
add(
  'Resize',
  'nearest, twice',
  { x: [2, 3, 4, 2] },
  (b, [x]) => b.resize(x!, { mode: 'nearest', scales: [2, 2] }),
  { unknown: [0, 1, 2] },
);
add('Resize', 'nearest, [3, 1]', { x: [1, 3, 4, 2] }, (b, [x]) =>
  b.resize(x!, { mode: 'nearest', scales: [3, 1] }),
);
add('Resize', 'nearest, 0.3 times', { x: [1, 7, 9, 2] }, (b, [x]) =>
  b.resize(x!, { mode: 'nearest', scales: [0.3, 0.3] }),
);
add('Resize', 'nearest, one and a half times', { x: [1, 4, 4, 2] }, (b, [x]) =>
  b.resize(x!, { mode: 'nearest', scales: [1.5, 0.5] }),
);
add('DepthToSpace', 'blocks of 2', { x: [2, 2, 3, 12] }, (b, [x]) => b.depthToSpace(x!, { blocksize: 2 }), {
  unknown: [0, 1, 2],
});

add('MatMul', 'dense', { x: [3, 4] }, (b, [x]) => b.dense(x!, { units: 5 }));
add(
  'MatMul',
  'dense over time, without bias',
  { x: [2, 3, 4] },
  (b, [x]) => b.dense(x!, { units: 5, bias: false }),
  { unknown: [0, 1] },
);
add('MatMul', 'dense over an image', { x: image }, (b, [x]) => b.dense(x!, { units: 3 }));
add('MatMul', 'two values', { x: [2, 3, 4], y: [2, 4, 5] }, (b, [x, y]) => b.matMul(x!, y!));
add(
  'MatMul',
  'two values, broadcast',
  { x: [2, 1, 3, 4], y: [1, 3, 4, 2] },
  (b, [x, y]) => b.matMul(x!, y!),
  { unknown: [] },
);

add('Reshape', 'heads', { x: [2, 3, 8] }, (b, [x]) => b.reshape(x!, [0, 0, 2, 4]), { unknown: [0, 1] });
add('Reshape', 'height into channels', { x: [2, 6, 5, 4] }, (b, [x]) => b.reshape(x!, [0, 0, -1]), {
  unknown: [0, 1],
});
add('Reshape', 'a row to a sequence', { x: [2, 1, 5, 4] }, (b, [x]) => b.reshape(x!, [0, -1, 4]), {
  unknown: [0, 2],
});
add('Transpose', 'heads', { x: [2, 3, 2, 4] }, (b, [x]) => b.transpose(x!, [0, 2, 1, 3]));
add('Transpose', 'width first', { x: image }, (b, [x]) => b.transpose(x!, [0, 2, 1, 3]), { unknown: [0, 2] });
add('Transpose', 'time last', { x: [2, 3, 4] }, (b, [x]) => b.transpose(x!, [0, 2, 1]));
add('Squeeze', 'height', { x: [2, 1, 5, 4] }, (b, [x]) => b.squeeze(x!, [1]), { unknown: [0, 2] });
add('Squeeze', 'two axes', { x: [2, 1, 1, 4] }, (b, [x]) => b.squeeze(x!, [-2, 1]));
add('Unsqueeze', 'height', { x: [2, 5, 4] }, (b, [x]) => b.unsqueeze(x!, [1]), { unknown: [0, 1] });
add('Unsqueeze', 'two axes', { x: [2, 4] }, (b, [x]) => b.unsqueeze(x!, [1, -2]));
add('Slice', 'channels', { x: image }, (b, [x]) => b.slice(x!, { starts: [1], ends: [3], axes: [3] }));
add('Slice', 'negative ends, steps', { x: image }, (b, [x]) =>
  b.slice(x!, { starts: [0, -5], ends: [-1, 1000], axes: [1, 2], steps: [2, 1] }),
);
add('Slice', 'backwards', { x: [2, 5, 3] }, (b, [x]) =>
  b.slice(x!, { starts: [-1], ends: [-1000], axes: [1], steps: [-2] }),
);
add('Pad', 'constant', { x: image }, (b, [x]) => b.pad(x!, [0, 1, 2, 0, 0, 0, 1, 3], { value: 0.5 }), {
  unknown: [0, 2],
});
add('Pad', 'reflect', { x: image }, (b, [x]) => b.pad(x!, [0, 2, 1, 0, 0, 1, 3, 0], { mode: 'reflect' }));
add('Pad', 'edge', { x: [2, 4, 3] }, (b, [x]) => b.pad(x!, [0, 2, 0, 0, 1, 0], { mode: 'edge' }));

add('Constant', 'added to an image', { x: image }, (b, [x]) => b.add(b.constant([6, 4]), x!), {
  unknown: [0, 2],
});
add('Constant', 'a scalar behind another', { x: [2, 3, 4] }, (b, [x]) =>
  b.mul(b.add(b.constant([4]), x!), b.constant([])),
);
add('Constant', 'of an image', { x: image }, (b, [x]) => b.concat([b.mul(b.constant([1, 5, 6, 4]), x!), x!]));

add('LSTM', 'forward', { x: [2, 4, 3] }, (b, [x]) => b.lstm(x!, { hidden: 2 }), { unknown: [0, 1] });
add('LSTM', 'reverse', { x: [2, 3, 3] }, (b, [x]) => b.lstm(x!, { hidden: 3, direction: 'reverse' }));
add(
  'LSTM',
  'bidirectional',
  { x: [2, 4, 3] },
  (b, [x]) => b.lstm(x!, { hidden: 2, direction: 'bidirectional' }),
  { unknown: [0, 1] },
);
add('Identity', 'image', { x: image }, (b, [x]) => b.identity(x!));

// The random scales are steps of 0.5 to 2.
add('QuantizeDequantize', '8 bits, unsigned', { x: image }, (b, [x]) => b.quantizeDequantize(x!), {
  spread: 40,
  unknown: [0, 2],
});
add(
  'QuantizeDequantize',
  '8 bits, signed, clipping',
  { x: [2, 3, 4] },
  (b, [x]) => b.quantizeDequantize(x!, { signed: true }),
  {
    spread: 400,
  },
);
add(
  'QuantizeDequantize',
  '3 bits, clipping',
  { x: [3, 7] },
  (b, [x]) => b.quantizeDequantize(x!, { bits: 3, signed: true }),
  {
    spread: 9,
  },
);
add('DynamicQuantizeDequantize', 'image', { x: image }, (b, [x]) => b.dynamicQuantizeDequantize(x!));
add('DynamicQuantizeDequantize', 'sequence', { x: [2, 3, 4] }, (b, [x]) => b.dynamicQuantizeDequantize(x!), {
  spread: 0.01,
});
