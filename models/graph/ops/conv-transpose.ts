import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Dimension } from '../ir.js';
import { type AxisRef, defineOperator } from '../operator.js';
import { requireDimension, requireRank, sizeOf } from '../shapes.js';
import { pairSchema } from '../window.js';

const attributes = z.strictObject({ strides: pairSchema, pads: z.enum(['same', 'valid']) });
type ConvTransposeAttributes = z.infer<typeof attributes>;

/** 'same': size × stride. 'valid': (size − 1) × stride + kernel. */
function outputSize(
  attrs: ConvTransposeAttributes,
  weight: readonly number[],
  axis: 0 | 1,
  size: Dimension,
): Dimension {
  if (size === null) return null;
  const stride = attrs.strides[axis];
  return attrs.pads === 'same' ? size * stride : (size - 1) * stride + weight[axis]!;
}

/** The gradient of a convolution as a layer: [n, h, w, cin] with weight [kh, kw, cout, cin] → [n, h', w', cout]. */
export const convTranspose = defineOperator<ConvTransposeAttributes>({
  name: 'ConvTranspose',
  arity: [1, 1],
  attributes,
  params: { weight: { axes: ['kh', 'kw', 'cout', 'cin'] }, bias: { axes: ['cout'], optional: true } },
  inferShapes({ attrs, inputs, params }) {
    const x = inputs[0]!;
    const weight = params.weight!;
    requireRank(x, 'the input', 4);
    requireDimension(x[3]!, weight[3]!, 'the channels of the input');
    if (params.bias) requireDimension(params.bias[0]!, weight[2]!, 'the length of the bias');
    return [[x[0]!, outputSize(attrs, weight, 0, x[1]!), outputSize(attrs, weight, 1, x[2]!), weight[2]!]];
  },
  execute({ attrs, inputs, params }) {
    const x = inputs[0] as tf.Tensor4D;
    const weight = params.weight as tf.Tensor4D;
    const [n, h, w] = x.shape;
    const height = outputSize(attrs, weight.shape, 0, h) as number;
    const width = outputSize(attrs, weight.shape, 1, w) as number;
    const [sh, sw] = attrs.strides;
    const y = tf.conv2dTranspose(x, weight, [n, height, width, weight.shape[2]], [sh, sw], attrs.pads);
    return [params.bias ? tf.add(y, params.bias) : y];
  },
  cost({ inputs, outputs, params }) {
    const weight = params.weight!;
    const macs = sizeOf(inputs[0]!) * weight[0]! * weight[1]! * weight[2]!;
    return { macs, operations: params.bias ? sizeOf(outputs[0]!) : 0 };
  },
  ties({ params }) {
    const weight = params.weight!;
    const output: AxisRef[] = [
      { of: { param: 'weight' }, axis: 2 },
      { of: { output: 0 }, axis: 3 },
    ];
    if (params.bias) output.push({ of: { param: 'bias' }, axis: 0 });
    return [
      {
        size: weight[3]!,
        axes: [
          { of: { param: 'weight' }, axis: 3 },
          { of: { input: 0 }, axis: 3 },
        ],
      },
      { size: weight[2]!, axes: output },
    ];
  },
});
