import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { convolve } from '../convolution.js';
import { type AxisRef, defineOperator } from '../operator.js';
import { requireDimension, requireKnown, requireRank, shapeError, sizeOf } from '../shapes.js';
import { padsSchema, pairSchema, type Window, windowsAlong } from '../window.js';

const attributes = z.strictObject({
  strides: pairSchema,
  dilations: pairSchema,
  pads: padsSchema,
  groups: z.int().min(1),
});
type ConvAttributes = z.infer<typeof attributes>;

const windowOf = (attrs: ConvAttributes, weight: readonly number[]): Window => ({
  ...attrs,
  kernel: [weight[0]!, weight[1]!],
});

/** [n, h, w, cin] * [kh, kw, cin / groups, cout] → [n, h', w', cout]; depthwise where groups equals cin. */
export const conv = defineOperator<ConvAttributes>({
  name: 'Conv',
  arity: [1, 1],
  attributes,
  params: { weight: { axes: ['kh', 'kw', 'cin/groups', 'cout'] }, bias: { axes: ['cout'], optional: true } },
  inferShapes({ attrs, inputs, params }) {
    const x = inputs[0]!;
    const weight = params.weight!;
    requireRank(x, 'the input', 4);
    const cin = weight[2]! * attrs.groups;
    const cout = weight[3]!;
    requireDimension(x[3]!, cin, 'the channels of the input');
    if (cout % attrs.groups !== 0)
      throw shapeError(`a multiple of ${attrs.groups} groups`, 'the filters', cout);
    if (params.bias) requireDimension(params.bias[0]!, cout, 'the length of the bias');
    const window = windowOf(attrs, weight);
    return [[x[0]!, windowsAlong(window, 0, x[1]!), windowsAlong(window, 1, x[2]!), cout]];
  },
  execute({ attrs, inputs, params }) {
    const y = convolve(inputs[0] as tf.Tensor4D, params.weight as tf.Tensor4D, attrs);
    return [params.bias ? tf.add(y, params.bias) : y];
  },
  cost({ outputs, params }) {
    const weight = params.weight!;
    const elements = sizeOf(outputs[0]!);
    return { macs: elements * weight[0]! * weight[1]! * weight[2]!, operations: params.bias ? elements : 0 };
  },
  ties({ attrs, inputs, params }) {
    const { groups } = attrs;
    const cin = requireKnown(inputs[0]![3]!, 'the channels of the input');
    const cout = params.weight![3]!;
    const perGroup = { in: cin / groups, out: cout / groups };
    // The same filter of every group goes at once, so that the groups stay equal. A depthwise unit is one channel.
    const spreadOut = groups === 1 || groups === cin ? {} : { copies: groups, stride: perGroup.out };
    const output: AxisRef[] = [
      { of: { param: 'weight' }, axis: 3, ...spreadOut },
      { of: { output: 0 }, axis: 3, ...spreadOut },
      ...(params.bias ? [{ of: { param: 'bias' }, axis: 0, ...spreadOut }] : []),
    ];
    if (groups === cin && groups > 1) {
      const multiplier = perGroup.out;
      return [
        {
          size: cin,
          axes: [{ of: { input: 0 }, axis: 3 }, ...output.map((ref) => ({ ...ref, block: multiplier }))],
        },
      ];
    }
    const spreadIn = groups === 1 ? {} : { copies: groups, stride: perGroup.in };
    return [
      {
        size: perGroup.in,
        axes: [
          { of: { param: 'weight' }, axis: 2 },
          { of: { input: 0 }, axis: 3, ...spreadIn },
        ],
      },
      { size: perGroup.out, axes: output },
    ];
  },
  adaptAttributes({ attrs, inputs, params }) {
    return params.weight![2] === 1 && attrs.groups > 1
      ? { ...attrs, groups: inputs[0]![3] as number }
      : attrs;
  },
});
