/** Every operator, by its ONNX name. */
import { defineRegistry, type Operator } from './operator.js';
import { add } from './ops/add.js';
import { averagePool } from './ops/average-pool.js';
import { batchNormalization } from './ops/batch-normalization.js';
import { clip } from './ops/clip.js';
import { concat } from './ops/concat.js';
import { constant } from './ops/constant.js';
import { conv } from './ops/conv.js';
import { convTranspose } from './ops/conv-transpose.js';
import { depthToSpace } from './ops/depth-to-space.js';
import { div } from './ops/div.js';
import { dynamicQuantizeDequantize } from './ops/dynamic-quantize-dequantize.js';
import { erf } from './ops/erf.js';
import { gelu } from './ops/gelu.js';
import { globalAveragePool } from './ops/global-average-pool.js';
import { hardSigmoid } from './ops/hard-sigmoid.js';
import { hardSwish } from './ops/hard-swish.js';
import { identity } from './ops/identity.js';
import { layerNormalization } from './ops/layer-normalization.js';
import { logSoftmax } from './ops/log-softmax.js';
import { lstm } from './ops/lstm.js';
import { matMul } from './ops/mat-mul.js';
import { maxPool } from './ops/max-pool.js';
import { mul } from './ops/mul.js';
import { pad } from './ops/pad.js';
import { quantizeDequantize } from './ops/quantize-dequantize.js';
import { reduceMax } from './ops/reduce-max.js';
import { reduceMean } from './ops/reduce-mean.js';
import { relu } from './ops/relu.js';
import { reshape } from './ops/reshape.js';
import { resize } from './ops/resize.js';
import { sigmoid } from './ops/sigmoid.js';
import { slice } from './ops/slice.js';
import { softmax } from './ops/softmax.js';
import { squeeze } from './ops/squeeze.js';
import { sub } from './ops/sub.js';
import { tanh } from './ops/tanh.js';
import { transpose } from './ops/transpose.js';
import { unsqueeze } from './ops/unsqueeze.js';

export const operators: ReadonlyMap<string, Operator> = defineRegistry([
  add,
  averagePool,
  batchNormalization,
  clip,
  concat,
  constant,
  convTranspose,
  conv,
  depthToSpace,
  div,
  dynamicQuantizeDequantize,
  erf,
  gelu,
  globalAveragePool,
  hardSigmoid,
  hardSwish,
  identity,
  layerNormalization,
  logSoftmax,
  lstm,
  matMul,
  maxPool,
  mul,
  pad,
  quantizeDequantize,
  reduceMax,
  reduceMean,
  relu,
  reshape,
  resize,
  sigmoid,
  slice,
  softmax,
  squeeze,
  sub,
  tanh,
  transpose,
  unsqueeze,
]);
