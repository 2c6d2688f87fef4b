import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { lstm as lstmKernel } from '../../engine/kernels/lstm.js';
import { type AxisRef, defineOperator } from '../operator.js';
import { requireDimension, requireKnown, requireRank, shapeError } from '../shapes.js';

const attributes = z.strictObject({
  hidden: z.int().min(1),
  direction: z.enum(['forward', 'reverse', 'bidirectional']),
});

/**
 * Long short-term memory over time (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000), from a state of
 * zeros: [batch, time, in] → [batch, time, hidden], or 2 · hidden with the reverse direction second.
 */
export const lstm = defineOperator<z.infer<typeof attributes>>({
  name: 'LSTM',
  arity: [1, 1],
  attributes,
  params: {
    kernel: { axes: ['in+hidden', '4*hidden'] },
    bias: { axes: ['4*hidden'] },
    kernel_reverse: { axes: ['in+hidden', '4*hidden'], optional: true },
    bias_reverse: { axes: ['4*hidden'], optional: true },
  },
  inferShapes({ attrs: { hidden, direction }, inputs, params }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', 3);
    const isBoth = direction === 'bidirectional';
    if (
      isBoth !== Boolean(params.kernel_reverse && params.bias_reverse) ||
      (!isBoth && (params.kernel_reverse || params.bias_reverse))
    ) {
      throw shapeError('kernel_reverse and bias_reverse', 'a bidirectional LSTM, and only there,', direction);
    }
    for (const suffix of isBoth ? ['', '_reverse'] : ['']) {
      const kernel = params[`kernel${suffix}`]!;
      requireDimension(kernel[1]!, 4 * hidden, `axis 1 of kernel${suffix}`);
      requireDimension(params[`bias${suffix}`]![0]!, 4 * hidden, `the length of bias${suffix}`);
      requireDimension(x[2]!, kernel[0]! - hidden, 'the channels of the input');
    }
    return [[x[0]!, x[1]!, hidden * (isBoth ? 2 : 1)]];
  },
  execute({ attrs: { direction }, inputs, params }) {
    const x = inputs[0] as tf.Tensor3D;
    const run = (suffix: string, reverse: boolean) =>
      lstmKernel(x, params[`kernel${suffix}`] as tf.Tensor2D, params[`bias${suffix}`] as tf.Tensor1D, {
        reverse,
      });
    if (direction !== 'bidirectional') return [run('', direction === 'reverse')];
    return [tf.concat([run('', false), run('_reverse', true)], 2)];
  },
  cost({ attrs: { hidden, direction }, inputs, params }) {
    const steps = inputs[0]![0]! * inputs[0]![1]! * (direction === 'bidirectional' ? 2 : 1);
    return { macs: steps * params.kernel![0]! * params.kernel![1]!, operations: steps * hidden * 30 };
  },
  ties({ attrs: { hidden, direction }, inputs, params }) {
    const cin = requireKnown(inputs[0]![2]!, 'the channels of the input');
    const isBoth = direction === 'bidirectional';
    const gates = { copies: 4, stride: hidden };
    const suffixes = isBoth ? ['', '_reverse'] : [''];
    const into: AxisRef[] = [{ of: { input: 0 }, axis: 2 }];
    // Unit h of both directions at once: they have one width.
    const units: AxisRef[] = [
      { of: { output: 0 }, axis: 2, ...(isBoth ? { copies: 2, stride: hidden } : {}) },
    ];
    for (const suffix of suffixes) {
      if (!params[`kernel${suffix}`]) continue;
      into.push({ of: { param: `kernel${suffix}` }, axis: 0 });
      units.push(
        { of: { param: `kernel${suffix}` }, axis: 0, offset: cin },
        { of: { param: `kernel${suffix}` }, axis: 1, ...gates },
        { of: { param: `bias${suffix}` }, axis: 0, ...gates },
      );
    }
    return [
      { size: cin, axes: into },
      { size: hidden, axes: units },
    ];
  },
  adaptAttributes: ({ attrs, params }) => ({ ...attrs, hidden: params.kernel![1]! / 4 }),
});
