/** How each operation of a program is spelt as a built-in operator. */

import type { TableValue } from '../flatbuffers/table-writer.js';
import type { Operation, Padding, Tensor } from '../nhwc/program.js';
import { type BuiltinName, OPTIONS, type OptionsType, TensorType } from './schema.js';

/** A constant in another order of axes, or split into other axes without moving anything. */
export interface Reordered {
  readonly tensor: Tensor;
  readonly perm?: readonly number[];
  readonly shape?: readonly number[];
}

export interface Spelling {
  readonly code: BuiltinName;
  readonly inputs: readonly Reordered[];
  readonly options?: { readonly type: OptionsType; readonly value: TableValue };
}

/** Constants of an operator's own; equal ones are written once. */
const ints = (values: readonly number[]): Tensor => ({
  name: `int32 ${values}`,
  shape: [values.length],
  type: 'int32',
  constant: { data: Int32Array.from(values) },
});
const scalar = (value: number): Tensor => ({
  name: `float32 ${value}`,
  shape: [],
  type: 'float32',
  constant: { data: Float32Array.of(value) },
});

const PADDING: Readonly<Record<Padding, number>> = { SAME: 0, VALID: 1 };
const ACTIVATION = { none: 0, Relu: 1, Relu6: 3 } as const;

/** [kh, kw, cin, cout] → [cout, kh, kw, cin] */
const HWIO_TO_OHWI = [3, 0, 1, 2];
/** [kh, kw, cout, cin] → [cout, kh, kw, cin] */
const HWOI_TO_OHWI = [2, 0, 1, 3];

/** All but FakeQuantize, which is two operators around a tensor of codes. */
export function spell(operation: Exclude<Operation, { readonly type: 'FakeQuantize' }>): Spelling {
  const plain = operation.inputs.map((tensor): Reordered => ({ tensor }));
  const as = (code: BuiltinName, type?: OptionsType, value: TableValue = {}, inputs = plain): Spelling => ({
    code,
    inputs,
    ...(type && { options: { type, value } }),
  });
  const fused = (attrs: { readonly activation?: 'Relu' | 'Relu6' }) => ({
    activation: ACTIVATION[attrs.activation ?? 'none'],
  });
  const strides = ([strideH, strideW]: readonly [number, number]) => ({ strideH, strideW });
  const reduction = (code: BuiltinName, axes: readonly number[], keepDims: boolean) =>
    as(code, OPTIONS.Reducer, { keepDims }, [...plain, { tensor: ints(axes) }]);

  switch (operation.type) {
    case 'Add':
      return as('ADD', OPTIONS.Add, fused(operation.attrs));
    case 'Sub':
      return as('SUB', OPTIONS.Sub, fused(operation.attrs));
    case 'Mul':
      return as('MUL', OPTIONS.Mul, fused(operation.attrs));
    case 'Div':
      return as('DIV', OPTIONS.Div, fused(operation.attrs));
    case 'Maximum':
      return as('MAXIMUM', OPTIONS.MaximumMinimum);
    case 'Minimum':
      return as('MINIMUM', OPTIONS.MaximumMinimum);
    case 'SquaredDifference':
      return as('SQUARED_DIFFERENCE', OPTIONS.SquaredDifference);
    case 'Relu':
      return as('RELU');
    case 'Relu6':
      return as('RELU6');
    case 'Sigmoid':
      return as('LOGISTIC');
    case 'Tanh':
      return as('TANH');
    case 'HardSwish':
      return as('HARD_SWISH', OPTIONS.HardSwish);
    case 'Erf':
      throw new Error('Expected Erf to be refused for TFLite but it is not.');
    case 'Gelu':
      return as('GELU', OPTIONS.Gelu, { approximate: operation.attrs.approximate });
    case 'Rsqrt':
      return as('RSQRT');
    case 'Round':
      return as('ROUND');
    case 'Floor':
      return as('FLOOR');
    case 'Softmax':
      return as('SOFTMAX', OPTIONS.Softmax, { beta: 1 });
    case 'LogSoftmax':
      return as('LOG_SOFTMAX', OPTIONS.LogSoftmax);
    case 'Conv2D': {
      const { attrs } = operation;
      const [dilationH, dilationW] = attrs.dilations;
      const [x, weight, bias] = plain as [Reordered, Reordered, Reordered];
      const value = { padding: PADDING[attrs.padding], ...strides(attrs.strides), dilationH, dilationW };
      const inputs = [x, { ...weight, perm: HWIO_TO_OHWI }, bias];
      return as('CONV_2D', OPTIONS.Conv2D, { ...value, ...fused(attrs) }, inputs);
    }
    case 'DepthwiseConv2D': {
      const { attrs } = operation;
      const [dilationH, dilationW] = attrs.dilations;
      const [x, weight, bias] = plain as [Reordered, Reordered, Reordered];
      const [kh, kw, cin, multiplier] = weight.tensor.shape as [number, number, number, number];
      const value = { padding: PADDING[attrs.padding], ...strides(attrs.strides), dilationH, dilationW };
      const inputs = [x, { ...weight, shape: [1, kh, kw, cin * multiplier] }, bias];
      const all = { ...value, depthMultiplier: multiplier, ...fused(attrs) };
      return as('DEPTHWISE_CONV_2D', OPTIONS.DepthwiseConv2D, all, inputs);
    }
    case 'Conv2DTranspose': {
      const { padding } = operation.attrs;
      const [x, weight, shape] = plain as [Reordered, Reordered, Reordered];
      const value = { padding: PADDING[padding], ...strides(operation.attrs.strides) };
      return as('TRANSPOSE_CONV', OPTIONS.TransposeConv, value, [
        shape,
        { ...weight, perm: HWOI_TO_OHWI },
        x,
      ]);
    }
    case 'MaxPool':
    case 'AvgPool': {
      const { padding, kernel } = operation.attrs;
      const [filterH, filterW] = kernel;
      const value = { padding: PADDING[padding], ...strides(operation.attrs.strides), filterH, filterW };
      return as(operation.type === 'MaxPool' ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D', OPTIONS.Pool2D, value);
    }
    case 'Dense': {
      const [x, weight, bias] = plain as [Reordered, Reordered, Reordered];
      const value = { ...fused(operation.attrs), keepNumDims: true };
      return as('FULLY_CONNECTED', OPTIONS.FullyConnected, value, [x, { ...weight, perm: [1, 0] }, bias]);
    }
    case 'BatchMatMul':
      return as('BATCH_MATMUL', OPTIONS.BatchMatMul);
    case 'Mean':
      return reduction('MEAN', operation.attrs.axes, operation.attrs.keepDims);
    case 'Max':
      return reduction('REDUCE_MAX', operation.attrs.axes, operation.attrs.keepDims);
    case 'Min':
      return reduction('REDUCE_MIN', operation.attrs.axes, operation.attrs.keepDims);
    case 'Concat':
      return as('CONCATENATION', OPTIONS.Concatenation, { axis: operation.attrs.axis });
    case 'Pad':
      return operation.attrs.value === 0
        ? as('PAD', OPTIONS.Pad)
        : as('PADV2', OPTIONS.PadV2, {}, [...plain, { tensor: scalar(operation.attrs.value) }]);
    case 'MirrorPad':
      return as('MIRROR_PAD', OPTIONS.MirrorPad, { mode: 0 });
    case 'StridedSlice':
      return as('STRIDED_SLICE', OPTIONS.StridedSlice, { ...operation.attrs });
    case 'Reshape':
      return as('RESHAPE', OPTIONS.Reshape);
    case 'Transpose':
      return as('TRANSPOSE', OPTIONS.Transpose);
    case 'Squeeze':
      return as('SQUEEZE', OPTIONS.Squeeze, { squeezeDims: operation.attrs.axes });
    case 'ExpandDims':
      return as('EXPAND_DIMS', OPTIONS.ExpandDims, {}, [...plain, { tensor: ints([operation.attrs.axis]) }]);
    case 'ResizeBilinear':
      return as('RESIZE_BILINEAR', OPTIONS.ResizeBilinear, { halfPixelCenters: true });
    case 'ResizeNearestNeighbor':
      return as('RESIZE_NEAREST_NEIGHBOR', OPTIONS.ResizeNearestNeighbor);
    case 'DepthToSpace':
      return as('DEPTH_TO_SPACE', OPTIONS.DepthToSpace, { blockSize: operation.attrs.block });
    case 'Shape':
      return as('SHAPE', OPTIONS.Shape, { outType: TensorType.int32 });
    case 'Fill':
      return as('FILL', OPTIONS.Fill);
    case 'Cast': {
      const { to } = operation.attrs;
      const inType = TensorType[operation.inputs[0]!.type];
      return as('CAST', OPTIONS.Cast, { inType, outType: TensorType[to] });
    }
    case 'Identity': {
      // There is no operator that only copies; a slice of everything does.
      const rank = operation.inputs[0]!.shape.length;
      const whole = [0, -1].map((value) => ({ tensor: ints(new Array<number>(rank).fill(value)) }));
      return as('SLICE', OPTIONS.Slice, {}, [...plain, ...whole]);
    }
  }
}
