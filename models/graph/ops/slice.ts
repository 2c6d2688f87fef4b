import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { identityTies } from '../elementwise.js';
import type { Dimension } from '../ir.js';
import { takeAlong } from '../layout.js';
import { defineOperator } from '../operator.js';
import { normalizeAxis, shapeError } from '../shapes.js';

const numbers = z.array(z.int()).readonly();
const attributes = z
  .strictObject({ starts: numbers, ends: numbers, axes: numbers, steps: numbers })
  .refine(
    ({ starts, ends, axes, steps }) =>
      new Set([starts, ends, axes, steps].map((list) => list.length)).size === 1,
    'starts, ends, axes and steps must be of one length',
  )
  .refine(({ steps }) => !steps.includes(0), 'a step must not be 0');
type SliceAttributes = z.infer<typeof attributes>;

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Negative positions count from the end; those beyond an end are clamped to it. Null where the size must be known. */
function rangeAlong(attrs: SliceAttributes, i: number, rank: number, size: Dimension): Range | null {
  const axis = normalizeAxis(attrs.axes[i]!, rank);
  const step = attrs.steps[i]!;
  if (size === null) return null;
  const clamp = (position: number, low: number, high: number) =>
    Math.min(Math.max(position < 0 ? position + size : position, low), high);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const start = clamp(attrs.starts[i]!, low, high);
  const end = clamp(attrs.ends[i]!, low, high);
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count === 0) throw shapeError('at least one element', `the slice of axis ${axis}`, 0);
  return { axis, start, step, count };
}

/** Positions start, start + step, ... before end along some axes, as ONNX defines it. */
export const slice = defineOperator<SliceAttributes>({
  name: 'Slice',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const output = [...inputs[0]!];
    attrs.axes.forEach((plain, i) => {
      const axis = normalizeAxis(plain, output.length);
      output[axis] = rangeAlong(attrs, i, output.length, output[axis]!)?.count ?? null;
    });
    return [output];
  },
  execute({ attrs, inputs }) {
    const x = inputs[0]!;
    const ranges = attrs.axes.map(
      (axis, i) => rangeAlong(attrs, i, x.rank, x.shape[normalizeAxis(axis, x.rank)]!)!,
    );
    const begin = x.shape.map(() => 0);
    const size = [...x.shape];
    for (const { axis, start, step, count } of ranges) {
      if (step !== 1) continue;
      begin[axis] = start;
      size[axis] = count;
    }
    const plain = tf.slice(x, begin, size);
    // tfjs has no gradient of StridedSlice; it has one of Gather.
    return [
      ranges
        .filter(({ step }) => step !== 1)
        .reduce((y, { axis, start, step, count }) => {
          const positions = Array.from({ length: count }, (_, i) => start + i * step);
          return takeAlong(y, axis, positions);
        }, plain),
    ];
  },
  cost: () => ({ macs: 0, operations: 0 }),
  // An axis that is sliced keeps its length: positions in the attributes would shift.
  ties: ({ attrs, inputs }) =>
    identityTies(
      inputs[0]!,
      attrs.axes.map((axis) => normalizeAxis(axis, inputs[0]!.length)),
    ),
});
