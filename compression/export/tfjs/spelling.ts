/** How an operation of a program is spelt as one of TensorFlow's. */
import type { Operation, Padding, Tensor } from '../nhwc/program.js';
import { type AttributeValue, attr } from './node-def.js';

export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface Spelling {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attributes;
}

/** The others take more than one node, or take others in. */
type Single = Exclude<
  Operation,
  { readonly type: 'Conv2D' | 'DepthwiseConv2D' | 'Dense' | 'FakeQuantize' | 'Gelu' | 'HardSwish' }
>;

/** Operations that are one of TensorFlow's with no attribute but their type. */
type Plain =
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'Div'
  | 'Maximum'
  | 'Minimum'
  | 'SquaredDifference'
  | 'Relu'
  | 'Relu6'
  | 'Sigmoid'
  | 'Tanh'
  | 'Erf'
  | 'Rsqrt'
  | 'Round'
  | 'Floor'
  | 'Softmax'
  | 'LogSoftmax'
  | 'Reshape'
  | 'Transpose'
  | 'Identity'
  | 'Fill';

const PLAIN: Readonly<Record<Plain, string>> = {
  Add: 'AddV2',
  Sub: 'Sub',
  Mul: 'Mul',
  Div: 'RealDiv',
  Maximum: 'Maximum',
  Minimum: 'Minimum',
  SquaredDifference: 'SquaredDifference',
  Relu: 'Relu',
  Relu6: 'Relu6',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Erf: 'Erf',
  Rsqrt: 'Rsqrt',
  Round: 'Round',
  Floor: 'Floor',
  Softmax: 'Softmax',
  LogSoftmax: 'LogSoftmax',
  Reshape: 'Reshape',
  Transpose: 'Transpose',
  Identity: 'Identity',
  Fill: 'Fill',
};

/** Axes of windows: batch, height, width, channels. */
const nhwc = ([height, width]: readonly [number, number]) => attr.ints([1, height, width, 1]);

export function spell(operation: Single): Spelling {
  const { inputs } = operation;
  const as = (op: string, operands: readonly Tensor[] = inputs, attrs: Attributes = {}): Spelling => ({
    op,
    inputs: operands,
    attrs,
  });
  switch (operation.type) {
    case 'Conv2DTranspose': {
      const [x, weight, shape] = inputs as [Tensor, Tensor, Tensor];
      const { strides, padding } = operation.attrs;
      const attrs = { strides: nhwc(strides), padding: attr.text(padding), data_format: attr.text('NHWC') };
      return as('Conv2DBackpropInput', [shape, weight, x], attrs);
    }
    case 'MaxPool':
    case 'AvgPool': {
      const { strides, padding, kernel } = operation.attrs;
      const attrs = { strides: nhwc(strides), ksize: nhwc(kernel), padding: attr.text(padding) };
      return as(operation.type, inputs, { ...attrs, data_format: attr.text('NHWC') });
    }
    case 'BatchMatMul':
      return as('BatchMatMulV2', inputs, {
        adj_x: attr.flag(false),
        adj_y: attr.flag(false),
      });
    case 'Mean':
    case 'Max':
    case 'Min': {
      const { axes, keepDims } = operation.attrs;
      return as(operation.type, [...inputs, ints(axes)], {
        keep_dims: attr.flag(keepDims),
      });
    }
    case 'Concat': {
      const count = attr.int(inputs.length);
      return as('ConcatV2', [...inputs, ints([operation.attrs.axis], [])], { N: count });
    }
    case 'Pad':
      return as('PadV2', [...inputs, scalar(operation.attrs.value)]);
    case 'MirrorPad':
      return as('MirrorPad', inputs, { mode: attr.text('REFLECT') });
    case 'StridedSlice': {
      const { beginMask, endMask } = operation.attrs;
      const none = { new_axis_mask: 0, ellipsis_mask: 0, shrink_axis_mask: 0 };
      const masks = Object.entries({ begin_mask: beginMask, end_mask: endMask, ...none });
      const attrs = Object.fromEntries(masks.map(([name, mask]) => [name, attr.int(mask)]));
      return as('StridedSlice', inputs, attrs);
    }
    case 'Squeeze':
      return as('Squeeze', inputs, { squeeze_dims: attr.ints(operation.attrs.axes) });
    case 'ExpandDims':
      return as('ExpandDims', [...inputs, ints([operation.attrs.axis], [])]);
    case 'ResizeBilinear':
    case 'ResizeNearestNeighbor': {
      const half = operation.type === 'ResizeBilinear';
      const attrs = { align_corners: attr.flag(false), half_pixel_centers: attr.flag(half) };
      return as(operation.type, inputs, attrs);
    }
    case 'DepthToSpace': {
      const attrs = { block_size: attr.int(operation.attrs.block), data_format: attr.text('NHWC') };
      return as('DepthToSpace', inputs, attrs);
    }
    case 'Shape':
      return as('Shape', inputs, { out_type: attr.type('int32') });
    case 'Cast': {
      const attrs = { SrcT: attr.type(inputs[0]!.type), DstT: attr.type(operation.attrs.to) };
      return as('Cast', inputs, attrs);
    }
    default:
      return as(PLAIN[operation.type]);
  }
}

/** Of convolutions. */
export function windowAttributes({
  strides,
  dilations,
  padding,
}: {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: Padding;
}): Attributes {
  return {
    strides: nhwc(strides),
    dilations: nhwc(dilations),
    padding: attr.text(padding),
    data_format: attr.text('NHWC'),
  };
}

/** Constants of a node's own; equal ones are stored once. */
export const ints = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  name: `ints_${values.join('_')}`,
  shape,
  type: 'int32',
  constant: { data: Int32Array.from(values) },
});
export const scalar = (value: number): Tensor => ({
  name: `float_${value}`,
  shape: [],
  type: 'float32',
  constant: { data: Float32Array.of(value) },
});
