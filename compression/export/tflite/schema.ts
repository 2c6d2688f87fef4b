/**
 * What we write of the public TFLite schema (version 3): tables with their fields' places, and the numbers of its
 * enumerations. A test reads our files back with the schema that LiteRT itself carries.
 */
import type { TableType } from '../flatbuffers/table-writer.js';

export const SCHEMA_VERSION = 3;
export const FILE_IDENTIFIER = 'TFL3';

export const TensorType = { float32: 0, float16: 1, int32: 2, int8: 9 } as const;
export type TensorTypeName = keyof typeof TensorType;

const ints = { vector: 'int32' } as const;

const BUFFER: TableType = { data: [0, 'bytes'] };

const QUANTIZATION: TableType = {
  scale: [2, { vector: 'float32' }],
  zeroPoint: [3, { vector: 'int64' }],
  quantizedDimension: [6, 'int32'],
};

const TENSOR: TableType = {
  shape: [0, ints],
  type: [1, 'int8'],
  buffer: [2, 'uint32'],
  name: [3, 'string'],
  quantization: [4, { table: QUANTIZATION }],
  /** −1 where the size is not known. */
  shapeSignature: [7, ints],
  hasRank: [8, 'bool'],
};

const OPERATOR: TableType = {
  opcodeIndex: [0, 'uint32'],
  inputs: [1, ints],
  outputs: [2, ints],
  optionsType: [3, 'uint8'],
  options: [4, 'union'],
};

const OPERATOR_CODE: TableType = {
  /** What runtimes of before 2020 read; equal to `builtinCode`, or 127 where that is greater. */
  deprecatedBuiltinCode: [0, 'int8'],
  version: [2, 'int32'],
  builtinCode: [3, 'int32'],
};

const SUBGRAPH: TableType = {
  tensors: [0, { tables: TENSOR }],
  inputs: [1, ints],
  outputs: [2, ints],
  operators: [3, { tables: OPERATOR }],
  name: [4, 'string'],
};

const TENSOR_MAP: TableType = { name: [0, 'string'], tensorIndex: [1, 'uint32'] };

const SIGNATURE: TableType = {
  inputs: [0, { tables: TENSOR_MAP }],
  outputs: [1, { tables: TENSOR_MAP }],
  signatureKey: [2, 'string'],
  subgraphIndex: [4, 'uint32'],
};

export const MODEL: TableType = {
  version: [0, 'uint32'],
  operatorCodes: [1, { tables: OPERATOR_CODE }],
  subgraphs: [2, { tables: SUBGRAPH }],
  description: [3, 'string'],
  buffers: [4, { tables: BUFFER }],
  signatureDefs: [7, { tables: SIGNATURE }],
};

/** Options of an operator: the number that marks them, and their fields. */
export interface OptionsType {
  readonly number: number;
  readonly fields: TableType;
}

const options = (number: number, fields: TableType): OptionsType => ({ number, fields });
const activation = { activation: [0, 'int8'] } as const satisfies TableType;

export const OPTIONS = {
  Conv2D: options(1, {
    padding: [0, 'int8'],
    strideW: [1, 'int32'],
    strideH: [2, 'int32'],
    activation: [3, 'int8'],
    dilationW: [4, 'int32'],
    dilationH: [5, 'int32'],
  }),
  DepthwiseConv2D: options(2, {
    padding: [0, 'int8'],
    strideW: [1, 'int32'],
    strideH: [2, 'int32'],
    depthMultiplier: [3, 'int32'],
    activation: [4, 'int8'],
    dilationW: [5, 'int32'],
    dilationH: [6, 'int32'],
  }),
  Pool2D: options(5, {
    padding: [0, 'int8'],
    strideW: [1, 'int32'],
    strideH: [2, 'int32'],
    filterW: [3, 'int32'],
    filterH: [4, 'int32'],
    activation: [5, 'int8'],
  }),
  FullyConnected: options(8, { activation: [0, 'int8'], keepNumDims: [2, 'bool'] }),
  Softmax: options(9, { beta: [0, 'float32'] }),
  Concatenation: options(10, { axis: [0, 'int32'], activation: [1, 'int8'] }),
  Add: options(11, activation),
  ResizeBilinear: options(15, { alignCorners: [2, 'bool'], halfPixelCenters: [3, 'bool'] }),
  Reshape: options(17, { newShape: [0, ints] }),
  Mul: options(21, activation),
  Pad: options(22, {}),
  Transpose: options(26, {}),
  Reducer: options(27, { keepDims: [0, 'bool'] }),
  Sub: options(28, activation),
  Div: options(29, activation),
  Squeeze: options(30, { squeezeDims: [0, ints] }),
  StridedSlice: options(32, { beginMask: [0, 'int32'], endMask: [1, 'int32'] }),
  LogSoftmax: options(36, {}),
  Cast: options(37, { inType: [0, 'int8'], outType: [1, 'int8'] }),
  Dequantize: options(38, {}),
  MaximumMinimum: options(39, {}),
  PadV2: options(43, {}),
  Slice: options(48, {}),
  TransposeConv: options(49, { padding: [0, 'int8'], strideW: [1, 'int32'], strideH: [2, 'int32'] }),
  ExpandDims: options(52, {}),
  Shape: options(55, { outType: [0, 'int8'] }),
  Fill: options(68, {}),
  ResizeNearestNeighbor: options(74, { alignCorners: [0, 'bool'], halfPixelCenters: [1, 'bool'] }),
  SquaredDifference: options(76, {}),
  MirrorPad: options(77, { mode: [0, 'int8'] }),
  Quantize: options(89, {}),
  HardSwish: options(91, {}),
  DepthToSpace: options(94, { blockSize: [0, 'int32'] }),
  Gelu: options(116, { approximate: [0, 'bool'] }),
  BatchMatMul: options(101, { adjX: [0, 'bool'], adjY: [1, 'bool'] }),
} as const;

/**
 * Built-in operators: number, the version from which on runtimes compute what we write in float32 and, where we write
 * them so, on 8-bit integers.
 */
export const BUILTIN = {
  ADD: [0, 1, 2],
  AVERAGE_POOL_2D: [1, 1, 2],
  CONCATENATION: [2, 1, 2],
  CONV_2D: [3, 1, 3],
  DEPTHWISE_CONV_2D: [4, 2, 3],
  DEPTH_TO_SPACE: [5, 1, 2],
  DEQUANTIZE: [6, 3, 5],
  FLOOR: [8, 1],
  FULLY_CONNECTED: [9, 2, 12],
  LOGISTIC: [14, 1],
  MAX_POOL_2D: [17, 1, 2],
  MUL: [18, 1, 2],
  RELU: [19, 1],
  RELU6: [21, 1],
  RESHAPE: [22, 1, 1],
  RESIZE_BILINEAR: [23, 3, 3],
  SOFTMAX: [25, 1],
  TANH: [28, 1],
  PAD: [34, 1, 2],
  TRANSPOSE: [39, 1, 2],
  MEAN: [40, 1, 2],
  SUB: [41, 1, 2],
  DIV: [42, 1],
  SQUEEZE: [43, 1, 2],
  STRIDED_SLICE: [45, 1, 2],
  LOG_SOFTMAX: [50, 1],
  CAST: [53, 1],
  MAXIMUM: [55, 1],
  MINIMUM: [57, 1],
  PADV2: [60, 1],
  SLICE: [65, 1],
  TRANSPOSE_CONV: [67, 1],
  EXPAND_DIMS: [70, 1, 1],
  RSQRT: [76, 1],
  SHAPE: [77, 1],
  REDUCE_MAX: [82, 1],
  REDUCE_MIN: [89, 1],
  FILL: [94, 1],
  RESIZE_NEAREST_NEIGHBOR: [97, 1, 2],
  SQUARED_DIFFERENCE: [99, 1],
  MIRROR_PAD: [100, 1],
  QUANTIZE: [114, 1, 2],
  ROUND: [116, 1],
  HARD_SWISH: [117, 1],
  BATCH_MATMUL: [126, 1, 2],
  GELU: [150, 1],
} as const satisfies Record<string, readonly [number: number, float: number, integer?: number]>;

export type BuiltinName = keyof typeof BUILTIN;
