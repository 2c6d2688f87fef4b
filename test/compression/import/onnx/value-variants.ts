/** Activations, arithmetic, resampling, shapes. */
import { floats, integers, node } from './file.js';
import { adder, at, image, kernel, type Variant } from './variant.js';

export const valueVariants: Variant[] = [];
const add = adder(valueVariants);

// A classifier's end.
add(
  'pooling, Flatten and Gemm',
  image,
  [
    node('GlobalAveragePool', ['x'], ['p']),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'w', 'b'], ['g'], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }),
    node('Softmax', ['g'], ['y']),
  ],
  { at, constants: [kernel('w', 5, 4), kernel('b', 5)], without: ['Transpose'] },
);
add(
  'Flatten of an image',
  image,
  [node('Conv', ['x', 'k'], ['c']), node('Flatten', ['c'], ['f']), node('Gemm', ['f', 'w'], ['y'])],
  { at, constants: [kernel('k', 2, 4, 1, 1), kernel('w', 144, 3)] },
);
add(
  'Gemm with a scalar and with a value to add',
  { x: [3, 4], z: [3, 5] },
  [node('Gemm', ['x', 'w', 'c'], ['g']), node('Gemm', ['g', 'v', 'z'], ['y'], { beta: { float: 0.25 } })],
  { constants: [kernel('w', 4, 5), floats('c', [0.5]), kernel('v', 5, 5)] },
);

// Activations.
add(
  'Clip by attributes, operator set 10',
  image,
  [node('Clip', ['x'], ['y'], { min: { float: -0.2 }, max: { float: 0.3 } })],
  { at, opset: 10 },
);
add(
  'Clip with one bound',
  image,
  [node('Clip', ['x', '', 'high'], ['c']), node('Clip', ['c', 'zero'], ['y'])],
  { at, constants: [floats('high', [0.4], []), floats('zero', [0], [])], operators: { Clip: 1, Relu: 1 } },
);
add(
  'LeakyRelu, PRelu, Neg',
  image,
  [
    node('LeakyRelu', ['x'], ['l'], { alpha: { float: 0.1 } }),
    node('PRelu', ['l', 's'], ['p']),
    node('Neg', ['p'], ['y']),
  ],
  { at, constants: [kernel('s', 4, 1, 1)] },
);
add(
  'HardSwish as two operators',
  image,
  [
    node('Conv', ['x', 'k'], ['c']),
    node('HardSigmoid', ['c'], ['h'], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
    node('Mul', ['c', 'h'], ['y']),
  ],
  { at, constants: [kernel('k', 2, 4, 1, 1)], operators: { Conv: 1, HardSwish: 1 } },
);
add('Round of constants', { x: [2, 6] }, [node('Round', ['c'], ['r']), node('Add', ['x', 'r'], ['y'])], {
  constants: [floats('c', [0.5, 1.5, 2.5, -0.5, -2.5, 2.4])],
});
add('Softmax over the channels of an image', image, [node('Softmax', ['x'], ['y'], { axis: 1 })], { at });
add('Softmax over all, operator set 11', { x: ['n', 3, 2, 4] }, [node('Softmax', ['x'], ['y'])], {
  opset: 11,
  at: { x: [2, 3, 2, 4] },
});
add(
  'LogSoftmax of pooled channels, operator set 11',
  image,
  [node('GlobalAveragePool', ['x'], ['p']), node('LogSoftmax', ['p'], ['y'])],
  { opset: 11, at },
);
add(
  'Max, Min and Pow',
  image,
  [node('Max', ['x', 'low'], ['m']), node('Min', ['high', 'm'], ['n']), node('Pow', ['n', 'two'], ['y'])],
  { at, constants: [floats('low', [-0.25], []), floats('high', [0.5], []), floats('two', [2], [])] },
);

// Constants as operands.
add(
  'constants of several ranks',
  image,
  [
    node('Conv', ['x', 'k'], ['c']),
    node('Mul', ['c', 'channels'], ['m']),
    node('Sub', ['rows', 'm'], ['s']),
    node('Div', ['s', 'scalar'], ['d']),
    node('Add', ['d', 'whole'], ['y']),
  ],
  {
    at,
    constants: [
      kernel('k', 3, 4, 1, 1),
      kernel('channels', 3, 1, 1),
      kernel('rows', 9, 1),
      floats('scalar', [0.7], []),
      kernel('whole', 1, 3, 9, 8),
    ],
    without: ['Transpose'],
  },
);
add(
  'a value of lower rank',
  { x: ['n', 4, 9, 8], z: [9, 8] },
  [node('Conv', ['x', 'k'], ['c']), node('Add', ['c', 'z'], ['y'])],
  { at: { x: [2, 4, 9, 8], z: [9, 8] }, constants: [kernel('k', 3, 4, 1, 1)] },
);
add('Sum of three', { x: [2, 3], z: [2, 3], v: [3] }, [node('Sum', ['x', 'z', 'v'], ['y'])]);
add('MatMul with a constant first', { x: [4, 5] }, [node('MatMul', ['w', 'x'], ['y'])], {
  constants: [kernel('w', 3, 4)],
});

// Resampling.
for (const [label, attributes, opset] of [
  ['linear, half_pixel', { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }, 17],
  [
    'linear, pytorch_half_pixel',
    { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
    11,
  ],
  [
    'nearest, as PyTorch',
    { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    17,
  ],
  ['nearest, by default', {}, 17],
  [
    'nearest, tf_half_pixel_for_nn',
    { coordinate_transformation_mode: 'tf_half_pixel_for_nn', nearest_mode: 'floor' },
    11,
  ],
] as const)
  add(
    `Resize ${label}`,
    { x: ['n', 2, 'h', 'w'] },
    [node('Resize', ['x', 'roi', 'scales'], ['y'], attributes)],
    {
      at: { x: [1, 2, 5, 4] },
      opset,
      constants: [floats('roi', []), floats('scales', [1, 1, 2, 3])],
    },
  );
add(
  'Resize to sizes',
  { x: ['n', 2, 5, 4] },
  [
    node('Resize', ['x', '', '', 'sizes'], ['y'], {
      mode: 'linear',
      coordinate_transformation_mode: 'pytorch_half_pixel',
    }),
  ],
  {
    at: { x: [1, 2, 5, 4] },
    constants: [integers('sizes', [1, 2, 13, 9])],
    opset: 13,
  },
);
add(
  'Resize of given axes',
  { x: ['n', 2, 5, 4] },
  [node('Resize', ['x', '', '', 'sizes'], ['y'], { mode: 'linear', axes: [2, 3] })],
  { at: { x: [1, 2, 5, 4] }, constants: [integers('sizes', [7, 8])], opset: 18 },
);
add('Upsample, operator set 9', image, [node('Upsample', ['x', 's'], ['y'], { mode: 'nearest' })], {
  at,
  opset: 9,
  constants: [floats('s', [1, 1, 2, 2])],
});
add('Resize, operator set 10', image, [node('Resize', ['x', 's'], ['y'], { mode: 'nearest' })], {
  at,
  opset: 10,
  constants: [floats('s', [1, 1, 2, 2])],
});
add(
  'Resize to the size of another value, which a run tells, times two',
  { x: ['n', 2, 'h', 'w'] },
  [
    node('Shape', ['x'], ['s']),
    node('Slice', ['s', 'two', 'four', 'zero'], ['spatial']),
    node('Mul', ['spatial', 'times'], ['doubled']),
    node('Slice', ['s', 'zero', 'two', 'zero'], ['first']),
    node('Concat', ['first', 'doubled'], ['sizes'], { axis: 0 }),
    node('Resize', ['x', '', '', 'sizes'], ['y'], {
      mode: 'linear',
      coordinate_transformation_mode: 'half_pixel',
    }),
  ],
  {
    at: { x: [2, 2, 5, 4] },
    constants: [integers('zero', [0]), integers('two', [2]), integers('four', [4]), integers('times', [2])],
  },
);
for (const mode of ['DCR', 'CRD'])
  add(`DepthToSpace ${mode}`, { x: [1, 12, 3, 2] }, [
    node('DepthToSpace', ['x'], ['y'], { blocksize: 2, mode }),
  ]);
add('SpaceToDepth', { x: [1, 3, 4, 6] }, [node('SpaceToDepth', ['x'], ['y'], { blocksize: 2 })]);

// Shapes.
add(
  'a view as PyTorch writes it',
  { x: ['n', 't', 6] },
  [
    node('Shape', ['x'], ['s']),
    node('Gather', ['s', 'i0'], ['n']),
    node('Gather', ['s', 'i1'], ['t']),
    node('Unsqueeze', ['n', 'axis'], ['nn']),
    node('Unsqueeze', ['t', 'axis'], ['tt']),
    node('Concat', ['nn', 'tt', 'heads'], ['shape'], { axis: 0 }),
    node('Reshape', ['x', 'shape'], ['r']),
    node('Transpose', ['r'], ['y'], { perm: [0, 2, 1, 3] }),
  ],
  {
    at: { x: [2, 5, 6] },
    constants: [
      integers('i0', [0], []),
      integers('i1', [1], []),
      integers('axis', [0]),
      integers('heads', [2, 3]),
    ],
  },
);
add(
  'a row out of an image and back',
  { x: ['n', 3, 1, 'w'] },
  [
    node('Conv', ['x', 'k'], ['c']),
    node('Squeeze', ['c', 'two'], ['s']),
    node('Transpose', ['s'], ['t'], { perm: [0, 2, 1] }),
    node('MatMul', ['t', 'w'], ['y']),
  ],
  {
    at: { x: [2, 3, 1, 7] },
    constants: [kernel('k', 4, 3, 1, 1), integers('two', [2]), kernel('w', 4, 5)],
    without: ['Transpose'],
  },
);
add(
  'Split, Gather, Expand, Tile',
  { x: [2, 6, 3, 4] },
  [
    node('Split', ['x', 'sizes'], ['a', 'b'], { axis: 1 }),
    node('Gather', ['b', 'one'], ['g'], { axis: 1 }),
    node('Gather', ['a', 'some'], ['h'], { axis: 1 }),
    node('Unsqueeze', ['g', 'axis'], ['u']),
    node('Expand', ['u', 'shape'], ['e']),
    node('Tile', ['h', 'repeats'], ['t']),
    node('Add', ['e', 't'], ['y']),
  ],
  {
    constants: [
      integers('sizes', [2, 4]),
      integers('one', [1], []),
      integers('some', [1, 0]),
      integers('axis', [1]),
      integers('shape', [2, 4, 3, 4]),
      integers('repeats', [1, 2, 1, 1]),
    ],
  },
);
add(
  'Split into equal parts by number',
  { x: [2, 5, 3] },
  [node('Split', ['x'], ['a', 'b'], { axis: 1, num_outputs: 2 })],
  { opset: 18, outputs: ['a', 'b'] },
);
add(
  'Slice by attributes, operator set 9',
  image,
  [node('Slice', ['x'], ['y'], { axes: [2, 3], starts: [1, -3], ends: [2147483647, -1] })],
  { at, opset: 9 },
);
add(
  'Pad by attribute, operator set 10, and with axes, 18',
  { x: [1, 2, 4, 5] },
  [node('Pad', ['x'], ['y'], { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: 'reflect' })],
  { opset: 10 },
);
add('Pad that cuts', { x: [1, 2, 4, 5] }, [node('Pad', ['x', 'p', 'v', 'axes'], ['y'])], {
  opset: 18,
  constants: [integers('p', [1, -2, -1, 3]), floats('v', [0.5], []), integers('axes', [2, 3])],
});
add(
  'ReduceMean by attribute, ReduceSum by input',
  image,
  [
    node('Conv', ['x', 'k'], ['c']),
    node('ReduceMean', ['c'], ['m'], { axes: [2, 3], keepdims: 0 }),
    node('ReduceSum', ['m', 'axis'], ['y'], { keepdims: 1 }),
  ],
  { at, constants: [kernel('k', 3, 4, 1, 1), integers('axis', [1])] },
);
add(
  'channels last, as tf2onnx writes it',
  { x: ['n', 6, 7, 3] },
  [
    node('Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }),
    node('Conv', ['t', 'k'], ['c']),
    node('Transpose', ['c'], ['y'], { perm: [0, 2, 3, 1] }),
  ],
  { at: { x: [2, 6, 7, 3] }, constants: [kernel('k', 4, 3, 2, 2)], without: ['Transpose'] },
);
