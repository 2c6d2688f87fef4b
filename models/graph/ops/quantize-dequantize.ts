import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { identityTies } from '../elementwise.js';
import { codeRange } from '../encoding.js';
import { fakeQuantize } from '../fake-quantize.js';
import { defineOperator } from '../operator.js';
import { requireDimension, shapeError, sizeOf } from '../shapes.js';

const attributes = z.strictObject({ bits: z.int().min(2).max(8), signed: z.boolean() });
type QuantizeDequantizeAttributes = z.infer<typeof attributes>;

/**
 * An activation rounded to the integer codes of `bits` bits that ONNX's QuantizeLinear gives, and back:
 * (clip(round(x / scale) + zeroPoint) − zeroPoint) · scale, one scale a tensor. The zero point is one of the codes.
 *
 * Its gradient is defined, not derived (`fake-quantize.ts`); that to the scale is multiplied by 1 / √(elements of one
 * example · highest code), so that steps and weights move at the same relative rate (Esser et al. 2020, section 2.2).
 */
export const quantizeDequantize = defineOperator<QuantizeDequantizeAttributes>({
  name: 'QuantizeDequantize',
  arity: [1, 1],
  attributes,
  params: { scale: { axes: ['1'] }, zeroPoint: { axes: ['1'], trainable: false } },
  inferShapes({ inputs, params }) {
    for (const role of ['scale', 'zeroPoint'])
      requireDimension(params[role]![0]!, 1, `the length of the ${role}`);
    return [inputs[0]!];
  },
  checkValues({ attrs, params }) {
    const [least, most] = codeRange(attrs);
    const scale = params.scale![0]!;
    const zeroPoint = params.zeroPoint![0]!;
    if (!(scale > 0)) throw shapeError('a positive number', 'the scale', scale);
    if (!Number.isInteger(zeroPoint) || zeroPoint < least || zeroPoint > most)
      throw shapeError(`a whole number of ${least} … ${most}`, 'the zeroPoint', zeroPoint);
  },
  execute({ attrs, inputs, params }) {
    const [least, most] = codeRange(attrs);
    const x = inputs[0]!;
    const elements = x.size / Math.max(1, x.shape[0] ?? 1);
    const scaleGradient = 1 / Math.sqrt(Math.max(1, elements) * most);
    return [
      fakeQuantize(x, params.scale as tf.Tensor, params.zeroPoint as tf.Tensor, {
        least,
        most,
        scaleGradient,
      }),
    ];
  },
  // Division, rounding, clipping, multiplication.
  cost: ({ outputs }) => ({ macs: 0, operations: 4 * sizeOf(outputs[0]!) }),
  ties: ({ inputs }) => identityTies(inputs[0]!),
});
