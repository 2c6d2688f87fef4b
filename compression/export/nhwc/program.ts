/**
 * A graph lowered to the operations that TensorFlow, TensorFlow Lite and TensorFlow.js share. Images stay NHWC; an
 * operation is named as TensorFlow names it and means what it means there. `lower.ts` makes a program, the writers of both
 * formats spell it.
 */
import type { AffineEncoding } from '../../../models/graph/encoding.js';
import type { Shape, ValueId } from '../../../models/graph/ir.js';

export type TensorType = 'float32' | 'int32';

export interface Constant {
  readonly data: Float32Array | Int32Array;
  /** To be stored as float16 where weights are. */
  readonly half?: boolean;
  /** Float constants that stand for integer codes: what `data` decodes from, and the codes in the same order. */
  readonly encoding?: { readonly affine: AffineEncoding; readonly codes: Int32Array };
}

export interface Tensor {
  /** Unique in the program; values of the graph keep their ids. */
  readonly name: string;
  /** null where the size is known at run time only; never for a constant. */
  readonly shape: Shape;
  readonly type: TensorType;
  readonly constant?: Constant;
}

/** `SAME` puts the odd pixel at the end. */
export type Padding = 'SAME' | 'VALID';
export type Activation = 'Relu' | 'Relu6';

/**
 * What each operation takes and how it is told apart. Sizes, axes and positions are int32 tensors where TensorFlow has them
 * as tensors.
 */
export interface OperationAttributes {
  Add: { readonly activation?: Activation };
  Sub: { readonly activation?: Activation };
  Mul: { readonly activation?: Activation };
  Div: { readonly activation?: Activation };
  Maximum: NoAttributes;
  Minimum: NoAttributes;
  SquaredDifference: NoAttributes;
  Relu: NoAttributes;
  Relu6: NoAttributes;
  Sigmoid: NoAttributes;
  Tanh: NoAttributes;
  HardSwish: NoAttributes;
  Erf: NoAttributes;
  /** By the hyperbolic tangent, or exact. */
  Gelu: { readonly approximate: boolean };
  Rsqrt: NoAttributes;
  Round: NoAttributes;
  Floor: NoAttributes;
  /** Over the last axis. */
  Softmax: NoAttributes;
  /** Over the last axis. */
  LogSoftmax: NoAttributes;
  /** Image, weight [kh, kw, cin, cout], bias [cout]. Strides and dilations are not both above 1. */
  Conv2D: WindowAttributes & { readonly dilations: Pair };
  /** Image, weight [kh, kw, cin, multiplier], bias [cin · multiplier]. Dilations are 1 where strides are not. */
  DepthwiseConv2D: WindowAttributes & { readonly dilations: Pair };
  /** Image, weight [kh, kw, cout, cin], shape of the output (int32 [4]). */
  Conv2DTranspose: WindowAttributes;
  MaxPool: WindowAttributes & { readonly kernel: Pair };
  /** Padding does not count. */
  AvgPool: WindowAttributes & { readonly kernel: Pair };
  /** [..., in], weight [in, out], bias [out]. */
  Dense: { readonly activation?: Activation };
  /** [..., m, k], [..., k, n]; leading axes broadcast. */
  BatchMatMul: NoAttributes;
  /** Axes ascending. */
  Mean: ReductionAttributes;
  Max: ReductionAttributes;
  Min: ReductionAttributes;
  Concat: { readonly axis: number };
  /** Input, paddings (int32 [rank, 2]), value where it is not 0. */
  Pad: { readonly value: number };
  /** Input, paddings (int32 [rank, 2]). */
  MirrorPad: NoAttributes;
  /** Input, begin, end, strides (int32 [rank]); bit i of a mask: axis i from its beginning, to its end. */
  StridedSlice: { readonly beginMask: number; readonly endMask: number };
  /** Input, shape (int32). */
  Reshape: NoAttributes;
  /** Input, order of axes (int32 [rank]). */
  Transpose: NoAttributes;
  Squeeze: { readonly axes: readonly number[] };
  ExpandDims: { readonly axis: number };
  /** Image, size (int32 [2]); pixel centres map onto each other. */
  ResizeBilinear: NoAttributes;
  /** Image, size (int32 [2]); pixel floor(i · from / to). */
  ResizeNearestNeighbor: NoAttributes;
  DepthToSpace: { readonly block: number };
  /** int32 [rank]. */
  Shape: NoAttributes;
  /** Shape (int32), value (scalar). */
  Fill: NoAttributes;
  Cast: { readonly to: TensorType };
  /** A copy under another name. */
  Identity: NoAttributes;
  /** (clip(round(x / scale) + zeroPoint) − zeroPoint) · scale within the codes of `bits` bits. */
  FakeQuantize: Grid;
}

type NoAttributes = Record<never, never>;
type Pair = readonly [height: number, width: number];

interface WindowAttributes {
  readonly strides: Pair;
  readonly padding: Padding;
  /** Convolutions only. */
  readonly activation?: Activation;
}

interface ReductionAttributes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** A quantizer's codes: see QuantizeDequantize. */
export interface Grid {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly bits: number;
  readonly signed: boolean;
}

export type OperationType = keyof OperationAttributes;

/** One operation of any type; `type` tells which attributes there are. */
export type Operation = {
  [T in OperationType]: {
    readonly type: T;
    readonly attrs: OperationAttributes[T];
    readonly inputs: readonly Tensor[];
    readonly output: Tensor;
  };
}[OperationType];

export interface Program {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  /** In the graph's order; each tensor once, none of them an input or a constant. */
  readonly outputs: readonly { readonly id: ValueId; readonly tensor: Tensor }[];
  /** In an order in which every tensor is made before it is used. */
  readonly operations: readonly Operation[];
}
