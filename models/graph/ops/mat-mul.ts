import * as tf from '@tensorflow/tfjs-core';
import { noAttributes } from '../elementwise.js';
import type { Shape } from '../ir.js';
import { type AxisRef, defineOperator, type Tie } from '../operator.js';
import { broadcastShapes, requireDimension, shapeError, sizeOf } from '../shapes.js';

/**
 * One input: a dense layer, [..., in] · weight [in, out] (+ bias [out]) → [..., out]. Two inputs, no params:
 * [..., m, k] · [..., k, n] → [..., m, n], the leading axes broadcasting.
 */
export const matMul = defineOperator<Record<string, never>>({
  name: 'MatMul',
  arity: [1, 2],
  attributes: noAttributes,
  params: { weight: { axes: ['in', 'out'], optional: true }, bias: { axes: ['out'], optional: true } },
  inferShapes({ inputs, params }) {
    const [a, b] = inputs as readonly [Shape, Shape?];
    if (!b) {
      const { weight, bias } = params;
      if (!weight) throw shapeError('a weight or a second input', 'MatMul', 'neither');
      if (a.length < 2) throw shapeError('rank 2 or more', 'the input', a);
      requireDimension(a[a.length - 1]!, weight[0]!, 'the last axis of the input');
      if (bias) requireDimension(bias[0]!, weight[1]!, 'the length of the bias');
      return [[...a.slice(0, -1), weight[1]!]];
    }
    if (params.weight || params.bias) throw shapeError('no params', 'MatMul of two inputs', 'some');
    if (a.length < 2 || b.length < 2) throw shapeError('rank 2 or more', 'both inputs', a.length < 2 ? a : b);
    requireDimension(b[b.length - 2]!, a[a.length - 1]!, 'the last axis but one of the second input');
    return [[...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a[a.length - 2]!, b[b.length - 1]!]];
  },
  execute({ inputs, params }) {
    const x = inputs[0]!;
    if (inputs.length === 2) return [matMulOfTwo(x, inputs[1]!)];
    const weight = params.weight as tf.Tensor2D;
    const rows = tf.reshape(x, [-1, weight.shape[0]]) as tf.Tensor2D;
    const product = tf.matMul(rows, weight);
    const y = params.bias ? tf.add(product, params.bias) : product;
    return [x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[1]])];
  },
  cost({ inputs, outputs, params }) {
    const elements = sizeOf(outputs[0]!);
    const inner = inputs[0]![inputs[0]!.length - 1]!;
    return { macs: elements * inner, operations: params.bias ? elements : 0 };
  },
  ties({ inputs, params }) {
    const a = inputs[0]!;
    const last = a.length - 1;
    const leading = (size: number | null, axis: number, ...more: AxisRef[]): Tie[] =>
      size === null
        ? []
        : [{ size, axes: [{ of: { input: 0 }, axis }, { of: { output: 0 }, axis }, ...more] }];
    if (params.weight) {
      const output: AxisRef[] = [
        { of: { param: 'weight' }, axis: 1 },
        { of: { output: 0 }, axis: last },
      ];
      if (params.bias) output.push({ of: { param: 'bias' }, axis: 0 });
      return [
        ...a.slice(0, -1).flatMap((size, axis) => leading(size, axis)),
        {
          size: params.weight[0]!,
          axes: [
            { of: { param: 'weight' }, axis: 0 },
            { of: { input: 0 }, axis: last },
          ],
        },
        { size: params.weight[1]!, axes: output },
      ];
    }
    const b = inputs[1]!;
    const rank = Math.max(a.length, b.length);
    const ties: Tie[] = [];
    const tie = (size: number | null | undefined, ...axes: AxisRef[]) => {
      if (size !== null && size !== undefined) ties.push({ size, axes });
    };
    tie(a[last], { of: { input: 0 }, axis: last }, { of: { input: 1 }, axis: b.length - 2 });
    tie(a[last - 1], { of: { input: 0 }, axis: last - 1 }, { of: { output: 0 }, axis: rank - 2 });
    tie(b[b.length - 1], { of: { input: 1 }, axis: b.length - 1 }, { of: { output: 0 }, axis: rank - 1 });
    return ties;
  },
});

/** tfjs broadcasts the leading axes in MatMul but not in its gradient. */
function matMulOfTwo(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const leading = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)) as number[];
  const broadcast = (x: tf.Tensor) => {
    const isWhole = x.rank - 2 === leading.length && leading.every((d, axis) => d === x.shape[axis]);
    return isWhole ? x : tf.broadcastTo(x, [...leading, ...x.shape.slice(-2)]);
  };
  return tf.matMul(broadcast(a), broadcast(b));
}
