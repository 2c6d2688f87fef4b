import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineOperator } from '../operator.js';
import { requireDimension, sizeOf } from '../shapes.js';

const attributes = z.strictObject({ shape: z.array(z.int().min(1)).readonly() });

/**
 * A tensor that no input changes, for the operators of values alone (a bias of each pixel, a mean to subtract): its
 * elements in row-major order are the param, its shape is an attribute. [] is a scalar.
 */
export const constant = defineOperator<z.infer<typeof attributes>>({
  name: 'Constant',
  arity: [0, 0],
  attributes,
  params: { value: { axes: ['elements'] } },
  inferShapes({ attrs, params }) {
    requireDimension(params.value![0]!, sizeOf(attrs.shape), 'the length of the value');
    return [attrs.shape];
  },
  execute: ({ attrs, params }) => [tf.reshape(params.value!, [...attrs.shape])],
  cost: () => ({ macs: 0, operations: 0 }),
  ties({ attrs: { shape } }) {
    return shape.map((size, axis) => {
      const block = sizeOf(shape.slice(axis + 1));
      const copies = sizeOf(shape.slice(0, axis));
      return {
        size,
        axes: [
          { of: { output: 0 }, axis },
          { of: { param: 'value' }, axis: 0, block, copies, stride: size * block },
        ],
      };
    });
  },
  adaptAttributes: ({ outputs }) => ({ shape: outputs[0] as readonly number[] }),
});
