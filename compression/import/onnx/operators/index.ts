/** Operator of ONNX → how it is read. */
import {
  alongAxis,
  bounded,
  elementwise,
  importCast,
  importClip,
  importHardSigmoid,
  importIdentity,
  importLeakyRelu,
  importNeg,
  importPRelu,
} from './activation.js';
import { binary, importConcat, importPow, importSum } from './arithmetic.js';
import { importConv, importConvTranspose } from './convolution.js';
import { importSqrt } from './layer-norm-pieces.js';
import { importGemm, importMatMul } from './matmul.js';
import { importBatchNormalization, importLayerNormalization } from './normalization.js';
import type { OperatorImporter } from './operator-importer.js';
import { globalPool, pooling, reduction } from './pooling.js';
import {
  importDequantizeLinear,
  importDynamicQuantizeLinear,
  importMatMulInteger,
  importQuantizeLinear,
  isCastOfSums,
  transposeCodes,
} from './quantization.js';
import { importLstm } from './recurrent.js';
import { importDepthToSpace, importResize, importSpaceToDepth } from './resampling.js';
import { importFlatten, importReshape } from './reshape.js';
import {
  importExpand,
  importGather,
  importPad,
  importSlice,
  importSplit,
  importSqueeze,
  importTile,
  importTranspose,
  importUnsqueeze,
} from './shaping.js';

export const OPERATOR_IMPORTERS: Readonly<Record<string, OperatorImporter>> = {
  Add: binary('Add'),
  AveragePool: pooling('AveragePool'),
  BatchNormalization: importBatchNormalization,
  Cast: (node, raising) => (isCastOfSums(node, raising) ? importIdentity : importCast)(node, raising),
  Clip: importClip,
  Concat: importConcat,
  Conv: importConv,
  ConvTranspose: importConvTranspose,
  DepthToSpace: importDepthToSpace,
  DequantizeLinear: importDequantizeLinear,
  Div: binary('Div'),
  Dropout: importIdentity,
  DynamicQuantizeLinear: importDynamicQuantizeLinear,
  Erf: elementwise('Erf'),
  Expand: importExpand,
  Flatten: importFlatten,
  Gather: importGather,
  Gelu: elementwise('Gelu', (node) => ({ approximate: node.string('approximate', 'none') })),
  Gemm: importGemm,
  GlobalAveragePool: globalPool('GlobalAveragePool'),
  GlobalMaxPool: globalPool('GlobalMaxPool'),
  HardSigmoid: importHardSigmoid,
  HardSwish: elementwise('HardSwish'),
  Identity: importIdentity,
  LSTM: importLstm,
  LayerNormalization: importLayerNormalization,
  LeakyRelu: importLeakyRelu,
  LogSoftmax: alongAxis('LogSoftmax'),
  MatMul: importMatMul,
  MatMulInteger: importMatMulInteger,
  Max: bounded('min'),
  MaxPool: pooling('MaxPool'),
  Min: bounded('max'),
  Mul: binary('Mul'),
  Neg: importNeg,
  PRelu: importPRelu,
  Pad: importPad,
  Pow: importPow,
  QuantizeLinear: importQuantizeLinear,
  ReduceMax: reduction('ReduceMax'),
  ReduceMean: reduction('ReduceMean'),
  ReduceSum: reduction('ReduceSum'),
  Relu: elementwise('Relu'),
  Reshape: importReshape,
  Resize: importResize,
  Sigmoid: elementwise('Sigmoid'),
  Slice: importSlice,
  Softmax: alongAxis('Softmax'),
  SpaceToDepth: importSpaceToDepth,
  Split: importSplit,
  Sqrt: importSqrt,
  Squeeze: importSqueeze,
  Sub: binary('Sub'),
  Sum: importSum,
  Tanh: elementwise('Tanh'),
  Tile: importTile,
  Transpose: (node, raising) =>
    (raising.special(node.need(0)) ? transposeCodes : importTranspose)(node, raising),
  Unsqueeze: importUnsqueeze,
  Upsample: importResize,
};
