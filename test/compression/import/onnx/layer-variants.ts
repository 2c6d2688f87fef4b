/** Convolutions, pools, normalisation, recurrence, integer weights. */
import { floats, integers, node } from './file.js';
import { adder, at, image, kernel, type Variant } from './variant.js';

export const layerVariants: Variant[] = [];
const add = adder(layerVariants);

// Convolutions.
for (const auto_pad of ['SAME_UPPER', 'SAME_LOWER', 'VALID'])
  add(
    `Conv with auto_pad ${auto_pad}`,
    image,
    [node('Conv', ['x', 'w'], ['y'], { auto_pad, strides: [2, 2] })],
    {
      at,
      constants: [kernel('w', 3, 4, 3, 4)],
    },
  );
add(
  'Conv with groups, dilations and uneven pads',
  image,
  [
    node('Conv', ['x', 'w', 'b'], ['y'], {
      group: 2,
      dilations: [2, 1],
      pads: [1, 0, 2, 1],
      strides: [1, 2],
    }),
  ],
  { at, constants: [kernel('w', 6, 2, 3, 2), kernel('b', 6)] },
);
add(
  'Conv and its bias as an Add of its own',
  image,
  [node('Conv', ['x', 'w'], ['c']), node('Add', ['c', 'b'], ['y'])],
  { at, constants: [kernel('w', 3, 4, 2, 2), kernel('b', 1, 3, 1, 1)], operators: { Conv: 1 } },
);
add(
  'Conv over rows',
  { x: ['n', 4, 't'] },
  [node('Conv', ['x', 'w', 'b'], ['c'], { pads: [2, 1], strides: [2] }), node('Relu', ['c'], ['y'])],
  { at: { x: [2, 4, 11] }, constants: [kernel('w', 5, 4, 4), kernel('b', 5)] },
);
for (const [label, attributes, k] of [
  [
    'PyTorch’s kernel 3, pads 1, output padding 1',
    { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
    3,
  ],
  ['kernel 4, pads 1', { strides: [2, 2], pads: [1, 1, 1, 1] }, 4],
  ['kernel 5, uneven pads', { strides: [2, 3], pads: [0, 2, 3, 1] }, 5],
  ['pads at the end', { strides: [2, 2], pads: [0, 0, 1, 1] }, 3],
  ['more pads at the end', { strides: [2, 2], pads: [0, 0, 3, 3] }, 5],
  ['output padding alone', { strides: [3, 3], output_padding: [2, 1] }, 2],
  ['dilations', { dilations: [2, 3], pads: [1, 1, 1, 1] }, 2],
  ['auto_pad SAME_UPPER', { strides: [2, 2], auto_pad: 'SAME_UPPER' }, 3],
] as const)
  add(
    `ConvTranspose with ${label}`,
    { x: [1, 4, 5, 6] },
    [node('ConvTranspose', ['x', 'w', 'b'], ['y'], attributes)],
    {
      constants: [kernel('w', 4, 3, k, k), kernel('b', 3)],
    },
  );
add(
  'ConvTranspose with groups',
  { x: [1, 4, 5, 6] },
  [node('ConvTranspose', ['x', 'w'], ['y'], { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] })],
  { constants: [kernel('w', 4, 1, 4, 4)] },
);
add(
  'ConvTranspose with output_shape',
  { x: [1, 4, 5, 6] },
  [node('ConvTranspose', ['x', 'w'], ['y'], { strides: [2, 2], output_shape: [10, 13] })],
  { constants: [kernel('w', 4, 2, 3, 3)] },
);

// Pools.
for (const size of [8, 9])
  add(
    `MaxPool with ceil_mode, ${size} pixels`,
    { x: ['n', 2, size, size] },
    [node('MaxPool', ['x'], ['y'], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 })],
    { at: { x: [1, 2, size, size] } },
  );
add(
  'MaxPool with ceil_mode, any size',
  { x: ['n', 2, 'h', 'w'] },
  [
    node('MaxPool', ['x'], ['p'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
    node('MaxPool', ['p'], ['y'], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  ],
  { at: { x: [1, 2, 19, 14] } },
);
add(
  'AveragePool that counts its padding',
  image,
  [node('AveragePool', ['x'], ['y'], { kernel_shape: [3, 2], pads: [1, 0, 1, 1], count_include_pad: 1 })],
  { at },
);
add(
  'AveragePool with auto_pad',
  image,
  [node('AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' })],
  { at },
);
add(
  'AveragePool with ceil_mode',
  image,
  [node('AveragePool', ['x'], ['y'], { kernel_shape: [2, 3], strides: [2, 3], ceil_mode: 1 })],
  { at },
);
add('MaxPool over rows', { x: [2, 3, 10] }, [
  node('MaxPool', ['x'], ['y'], { kernel_shape: [3], strides: [2] }),
]);
add('GlobalMaxPool', image, [node('GlobalMaxPool', ['x'], ['y'])], { at });
add('GlobalAveragePool over rows', { x: [2, 3, 10] }, [node('GlobalAveragePool', ['x'], ['y'])]);

// Normalisation and recurrence.
add(
  'BatchNormalization over rows',
  { x: ['n', 3, 't'] },
  [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'])],
  {
    at: { x: [2, 3, 5] },
    constants: [kernel('s', 3), kernel('b', 3), kernel('m', 3), floats('v', [0.5, 1, 2])],
  },
);
add(
  'LayerNormalization without a bias',
  { x: [2, 5, 6] },
  [node('LayerNormalization', ['x', 's'], ['y'], { axis: 2 })],
  { constants: [kernel('s', 6)] },
);
for (const direction of ['forward', 'reverse', 'bidirectional']) {
  const d = direction === 'bidirectional' ? 2 : 1;
  add(
    `LSTM ${direction}, from zeros of a batch that a run tells, with its last state`,
    { x: ['n', 't', 3] },
    [
      node('Transpose', ['x'], ['time'], { perm: [1, 0, 2] }),
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'i0'], ['n']),
      node('Unsqueeze', ['n', 'axis'], ['nn']),
      node('Concat', ['d', 'nn', 'h'], ['shape'], { axis: 0 }),
      node('ConstantOfShape', ['shape'], ['zeros']),
      node('LSTM', ['time', 'w', 'r', 'b', '', 'zeros', 'zeros'], ['states', 'y_h'], {
        hidden_size: 4,
        direction,
      }),
      node('Transpose', ['states'], ['swapped'], { perm: [0, 2, 1, 3] }),
      node('Reshape', ['swapped', 'merged'], ['joined']),
      node('Transpose', ['joined'], ['y'], { perm: [1, 0, 2] }),
    ],
    {
      at: { x: [2, 5, 3] },
      outputs: ['y', 'y_h'],
      // That of the last state: the file has it directions first.
      operators:
        d === 1 ? { LSTM: 1, Slice: 1, Transpose: 1 } : { Concat: 1, LSTM: 1, Slice: 2, Transpose: 1 },
      constants: [
        integers('i0', [0], []),
        integers('axis', [0]),
        integers('d', [d]),
        integers('h', [4]),
        integers('merged', [0, 0, -1]),
        kernel('w', d, 16, 3),
        kernel('r', d, 16, 4),
        kernel('b', d, 32),
      ],
    },
  );
}

// Integer weights and activations.
add(
  'weights as codes, a scale a channel',
  image,
  [
    node('DequantizeLinear', ['q', 's', 'z'], ['w'], { axis: 0 }),
    node('QuantizeLinear', ['x', 'xs', 'xz'], ['xq']),
    node('DequantizeLinear', ['xq', 'xs', 'xz'], ['xd']),
    node('Conv', ['xd', 'w'], ['y']),
  ],
  {
    at,
    constants: [
      integers('q', [1, -2, 3, 4, -128, 127, 7, 0], [2, 4, 1, 1], 'int8'),
      floats('s', [0.01, 0.02]),
      integers('z', [0, 0], [2], 'int8'),
      floats('xs', [0.05], []),
      integers('xz', [128], [], 'uint8'),
    ],
    operators: { Conv: 1, QuantizeDequantize: 1 },
  },
);
add(
  'codes with a sign, of which no zero point tells',
  image,
  [
    node('QuantizeLinear', ['floats', 's'], ['q'], { output_dtype: 3 }),
    node('DequantizeLinear', ['q', 's'], ['w']),
    node('QuantizeLinear', ['x', 's'], ['xq'], { output_dtype: 3 }),
    node('DequantizeLinear', ['xq', 's'], ['xd']),
    node('Conv', ['xd', 'w'], ['y']),
  ],
  {
    at,
    opset: 21,
    constants: [kernel('floats', 2, 4, 1, 1), floats('s', [0.02], [])],
    operators: { Conv: 1, QuantizeDequantize: 1 },
  },
);
add(
  'a product of integers, as dynamic quantizers write it',
  { x: ['n', 't', 4] },
  [
    node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']),
    node('MatMulInteger', ['xq', 'q', 'xz', 'z'], ['sums']),
    node('Cast', ['sums'], ['f'], { to: 1 }),
    node('Mul', ['xs', 's'], ['scales']),
    node('Mul', ['f', 'scales'], ['p']),
    node('Add', ['b', 'p'], ['y']),
  ],
  {
    at: { x: [2, 3, 4] },
    constants: [
      integers('q', [1, -2, 3, 4, -128, 127, 7, 0], [4, 2], 'int8'),
      integers('z', [0], [], 'int8'),
      floats('s', [0.02], []),
      kernel('b', 2),
    ],
    operators: { DynamicQuantizeDequantize: 1, MatMul: 1 },
  },
);
