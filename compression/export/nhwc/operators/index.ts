/** Operator of the graph → how it is lowered. The list to extend when an operator is added. */
import {
  alongAxis,
  elementwise,
  lowerClip,
  lowerErf,
  lowerGelu,
  lowerHardSigmoid,
  lowerHardSwish,
} from './activation.js';
import { binary, lowerConcat } from './arithmetic.js';
import { lowerConv, lowerConvTranspose } from './convolution.js';
import { lowerMatMul } from './matmul.js';
import { lowerBatchNormalization, lowerLayerNormalization } from './normalization.js';
import type { OperatorLowering } from './operator-lowering.js';
import { lowerAveragePool, lowerGlobalAveragePool, lowerMaxPool, reduction } from './pooling.js';
import { lowerDynamicQuantizeDequantize, lowerQuantizeDequantize } from './quantization.js';
import { lowerLstm } from './recurrent.js';
import { lowerDepthToSpace, lowerResize } from './resampling.js';
import {
  lowerConstant,
  lowerIdentity,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSqueeze,
  lowerTranspose,
  lowerUnsqueeze,
} from './shaping.js';

export const NHWC_OPERATORS: Readonly<Record<string, OperatorLowering>> = {
  Add: binary('Add'),
  AveragePool: lowerAveragePool,
  BatchNormalization: lowerBatchNormalization,
  Clip: lowerClip,
  Concat: lowerConcat,
  Constant: lowerConstant,
  Conv: lowerConv,
  ConvTranspose: lowerConvTranspose,
  DepthToSpace: lowerDepthToSpace,
  Div: binary('Div'),
  DynamicQuantizeDequantize: lowerDynamicQuantizeDequantize,
  GlobalAveragePool: lowerGlobalAveragePool,
  Erf: lowerErf,
  Gelu: lowerGelu,
  HardSigmoid: lowerHardSigmoid,
  HardSwish: lowerHardSwish,
  Identity: lowerIdentity,
  LSTM: lowerLstm,
  LayerNormalization: lowerLayerNormalization,
  LogSoftmax: alongAxis('LogSoftmax'),
  MatMul: lowerMatMul,
  MaxPool: lowerMaxPool,
  Mul: binary('Mul'),
  Pad: lowerPad,
  QuantizeDequantize: lowerQuantizeDequantize,
  ReduceMax: reduction('Max'),
  ReduceMean: reduction('Mean'),
  Relu: elementwise('Relu'),
  Reshape: lowerReshape,
  Resize: lowerResize,
  Sigmoid: elementwise('Sigmoid'),
  Slice: lowerSlice,
  Softmax: alongAxis('Softmax'),
  Squeeze: lowerSqueeze,
  Sub: binary('Sub'),
  Tanh: elementwise('Tanh'),
  Transpose: lowerTranspose,
  Unsqueeze: lowerUnsqueeze,
};
