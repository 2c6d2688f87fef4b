import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { batchNormTrain } from '../../engine/kernels/batch-norm.js';
import { defineOperator } from '../operator.js';
import { requireDimension, requireRank, sizeOf } from '../shapes.js';

const attributes = z.strictObject({ epsilon: z.number().positive(), momentum: z.number().min(0).max(1) });
const roles = ['scale', 'bias', 'mean', 'variance'] as const;

/**
 * Batch normalisation over the last axis (Ioffe and Szegedy 2015). In training it normalises by the batch's mean and
 * variance and reports them; the loop keeps `running = momentum * running + (1 - momentum) * batch`.
 */
export const batchNormalization = defineOperator<z.infer<typeof attributes>>({
  name: 'BatchNormalization',
  arity: [1, 1],
  attributes,
  params: {
    scale: { axes: ['c'] },
    bias: { axes: ['c'] },
    mean: { axes: ['c'], trainable: false },
    variance: { axes: ['c'], trainable: false },
  },
  inferShapes({ inputs, params }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 2, 3, 4);
    for (const role of roles)
      requireDimension(params[role]![0]!, x[x.length - 1]!, `the length of the ${role}`);
    return [x];
  },
  execute({ attrs, inputs, params, batchStatistics, reportStatistic }) {
    const x = inputs[0]!;
    const scale = params.scale as tf.Tensor1D;
    const bias = params.bias as tf.Tensor1D;
    if (!batchStatistics) {
      const factor = tf.mul(scale, tf.rsqrt(tf.add(params.variance!, attrs.epsilon)));
      return [tf.add(tf.mul(x, factor), tf.sub(bias, tf.mul(params.mean!, factor)))];
    }
    const channels = x.shape[x.shape.length - 1]!;
    const image = x.rank === 4 ? x : tf.reshape(x, [x.shape[0]!, 1, -1, channels]);
    const { y, mean, variance } = batchNormTrain(image as tf.Tensor4D, scale, bias, attrs.epsilon);
    reportStatistic('mean', mean);
    reportStatistic('variance', variance);
    return [x.rank === 4 ? y : tf.reshape(y, x.shape)];
  },
  cost: ({ outputs }) => ({ macs: 0, operations: 2 * sizeOf(outputs[0]!) }),
  ties({ inputs, params }) {
    const axis = inputs[0]!.length - 1;
    const own = roles.map((role) => ({ of: { param: role }, axis: 0 }));
    return [
      { size: params.scale![0]!, axes: [{ of: { input: 0 }, axis }, { of: { output: 0 }, axis }, ...own] },
    ];
  },
});
