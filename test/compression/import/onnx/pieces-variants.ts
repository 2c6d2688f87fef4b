/** What the graph has in one node and exporters write as arithmetic. */
import { floats, node } from './file.js';
import { adder, at, image, kernel, type Variant } from './variant.js';

export const piecesVariants: Variant[] = [];
const add = adder(piecesVariants);

// What exporters write behind layers enters them.
add(
  'a scale and an offset for each channel behind a convolution and a normalisation',
  image,
  [
    node('Conv', ['x', 'k', 'b'], ['c'], { group: 2 }),
    node('Mul', ['c', 's'], ['m']),
    node('Add', ['o', 'm'], ['a']),
    node('BatchNormalization', ['a', 'g', 'h', 'mean', 'variance'], ['n']),
    node('Mul', ['n', 's'], ['t']),
    node('Add', ['t', 'o'], ['y']),
  ],
  {
    at,
    constants: [
      kernel('k', 6, 2, 3, 3),
      kernel('b', 6),
      kernel('s', 6, 1, 1),
      kernel('o', 1, 6, 1, 1),
      kernel('g', 6),
      kernel('h', 6),
      kernel('mean', 6),
      floats('variance', [0.5, 1, 2, 3, 4, 5]),
    ],
    operators: { Conv: 1, BatchNormalization: 1 },
  },
);
add(
  'one scale and one offset for all, behind a transposed convolution and a product',
  image,
  [
    node('ConvTranspose', ['x', 'k'], ['c'], { strides: [2, 2] }),
    node('Mul', ['s', 'c'], ['m']),
    node('GlobalAveragePool', ['m'], ['p']),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'w', 'b'], ['g']),
    node('Mul', ['g', 's'], ['t']),
    node('Add', ['t', 's'], ['y']),
  ],
  {
    at,
    constants: [kernel('k', 4, 3, 2, 2), kernel('w', 3, 5), kernel('b', 5), floats('s', [0.7])],
    operators: { ConvTranspose: 1, GlobalAveragePool: 1, Reshape: 1, MatMul: 1 },
  },
);
add(
  'but not where the layer, or another rank, is needed',
  { x: ['n', 4] },
  [
    node('MatMul', ['x', 'w'], ['m']),
    node('Mul', ['m', 's'], ['y']),
    node('MatMul', ['m', 'v'], ['p']),
    node('Mul', ['p', 'wide'], ['z']),
  ],
  {
    outputs: ['y', 'z'],
    at: { x: [2, 4] },
    constants: [kernel('w', 4, 3), kernel('s', 3), kernel('v', 3, 3), kernel('wide', 1, 1, 3)],
    operators: { MatMul: 2, Mul: 2, Constant: 2, Unsqueeze: 1 },
  },
);
add(
  'HardSwish as four operators',
  image,
  [
    node('Conv', ['x', 'k'], ['c']),
    node('Add', ['c', 'three'], ['a']),
    node('Clip', ['a', 'zero', 'six'], ['h']),
    node('Mul', ['c', 'h'], ['m']),
    node('Div', ['m', 'six'], ['y']),
  ],
  {
    at,
    constants: [
      kernel('k', 2, 4, 1, 1),
      floats('zero', [0], []),
      floats('three', [3]),
      floats('six', [6], []),
    ],
    operators: { Conv: 1, HardSwish: 1 },
  },
);
for (const [label, inputs, axis] of [
  ['the last axis', { x: ['n', 5, 6] }, -1],
  ['another axis', { x: ['n', 5, 6] }, 1],
] as const) {
  const size = axis === -1 ? [6] : [5, 1];
  add(
    `layer normalisation in pieces, over ${label}`,
    inputs,
    [
      node('ReduceMean', ['x'], ['m'], { axes: [axis], keepdims: 1 }),
      node('Sub', ['x', 'm'], ['d']),
      node('Pow', ['d', 'two'], ['q']),
      node('ReduceMean', ['q'], ['v'], { axes: [axis], keepdims: 1 }),
      node('Add', ['v', 'e'], ['a']),
      node('Sqrt', ['a'], ['s']),
      node('Div', ['d', 's'], ['n']),
      node('Mul', ['n', 'g'], ['t']),
      node('Add', ['t', 'b'], ['y']),
    ],
    {
      at: { x: [2, 5, 6] },
      constants: [
        floats('two', [2], []),
        floats('e', [1e-5], []),
        kernel('g', ...size),
        kernel('b', ...size),
      ],
      operators: axis === -1 ? { LayerNormalization: 1 } : { LayerNormalization: 1, Transpose: 2 },
    },
  );
}
for (const [form, nodes] of [
  ['½ last', [node('Mul', ['c', 's'], ['m']), node('Mul', ['m', 'half'], ['y'])]],
  ['½ first', [node('Mul', ['half', 'c'], ['m']), node('Mul', ['m', 's'], ['y'])]],
  ['½ on the sum', [node('Mul', ['s', 'half'], ['m']), node('Mul', ['m', 'c'], ['y'])]],
] as const) {
  const constants = [kernel('k', 2, 4, 1, 1), floats('half', [0.5], []), floats('one', [1], [])];
  add(
    `Gelu by the error function, ${form}`,
    image,
    [
      node('Conv', ['x', 'k'], ['c']),
      node('Div', ['c', 'root'], ['d']),
      node('Erf', ['d'], ['e']),
      node('Add', ['e', 'one'], ['s']),
      ...nodes,
    ],
    { at, constants: [...constants, floats('root', [Math.SQRT2], [])], operators: { Conv: 1, Gelu: 1 } },
  );
  add(
    `Gelu by the hyperbolic tangent, ${form}`,
    image,
    [
      node('Conv', ['x', 'k'], ['c']),
      node('Pow', ['c', 'three'], ['p']),
      node('Mul', ['p', 'share'], ['q']),
      node('Add', ['c', 'q'], ['a']),
      node('Mul', ['a', 'root'], ['d']),
      node('Tanh', ['d'], ['e']),
      node('Add', ['one', 'e'], ['s']),
      ...nodes,
    ],
    {
      at,
      constants: [
        ...constants,
        floats('three', [3], []),
        floats('share', [0.044715], []),
        floats('root', [Math.sqrt(2 / Math.PI)], []),
      ],
      operators: { Conv: 1, Gelu: 1 },
    },
  );
}
add(
  'what is nearly Gelu stays arithmetic',
  image,
  [
    node('Div', ['x', 'root'], ['d']),
    node('Erf', ['d'], ['e']),
    node('Add', ['e', 'one'], ['s']),
    node('Mul', ['x', 's'], ['m']),
    node('Mul', ['m', 'half'], ['y']),
  ],
  {
    at,
    constants: [floats('half', [0.5], []), floats('one', [1], []), floats('root', [1.5], [])],
    operators: { Constant: 3, Div: 1, Erf: 1, Add: 1, Mul: 2 },
  },
);
add(
  'Gelu of operator set 20',
  image,
  [node('Gelu', ['x'], ['g']), node('Gelu', ['g'], ['y'], { approximate: 'tanh' })],
  { at, opset: 20, operators: { Gelu: 2 } },
);
