/** Operator of the graph → how it is written in ONNX. The only list to extend when an operator is added. */
import { alongAxis, elementwise, exportClip, exportGelu, exportHardSigmoid } from './activation.js';
import { binary, exportConcat } from './arithmetic.js';
import { exportConstant } from './constant.js';
import { exportConv, exportConvTranspose } from './convolution.js';
import { exportMatMul } from './matmul.js';
import { exportBatchNormalization, exportLayerNormalization } from './normalization.js';
import type { OperatorExporter } from './operator-exporter.js';
import { exportGlobalAveragePool, pooling, reduction } from './pooling.js';
import { exportDynamicQuantizeDequantize, exportQuantizeDequantize } from './quantization.js';
import { exportLstm } from './recurrent.js';
import { exportDepthToSpace, exportResize } from './resampling.js';
import {
  exportIdentity,
  exportPad,
  exportReshape,
  exportSlice,
  exportSqueeze,
  exportTranspose,
  exportUnsqueeze,
} from './shaping.js';

export const OPERATOR_EXPORTERS: Readonly<Record<string, OperatorExporter>> = {
  Add: binary('Add'),
  AveragePool: pooling('AveragePool'),
  BatchNormalization: exportBatchNormalization,
  Clip: exportClip,
  Concat: exportConcat,
  Constant: exportConstant,
  Conv: exportConv,
  ConvTranspose: exportConvTranspose,
  DepthToSpace: exportDepthToSpace,
  Div: binary('Div'),
  DynamicQuantizeDequantize: exportDynamicQuantizeDequantize,
  GlobalAveragePool: exportGlobalAveragePool,
  Erf: elementwise('Erf'),
  Gelu: exportGelu,
  HardSigmoid: exportHardSigmoid,
  HardSwish: elementwise('HardSwish'),
  Identity: exportIdentity,
  LSTM: exportLstm,
  LayerNormalization: exportLayerNormalization,
  LogSoftmax: alongAxis('LogSoftmax'),
  MatMul: exportMatMul,
  MaxPool: pooling('MaxPool'),
  Mul: binary('Mul'),
  Pad: exportPad,
  QuantizeDequantize: exportQuantizeDequantize,
  ReduceMax: reduction('ReduceMax'),
  ReduceMean: reduction('ReduceMean'),
  Relu: elementwise('Relu'),
  Reshape: exportReshape,
  Resize: exportResize,
  Sigmoid: elementwise('Sigmoid'),
  Slice: exportSlice,
  Softmax: alongAxis('Softmax'),
  Squeeze: exportSqueeze,
  Sub: binary('Sub'),
  Tanh: elementwise('Tanh'),
  Transpose: exportTranspose,
  Unsqueeze: exportUnsqueeze,
};
