import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Shape } from '../ir.js';
import { takeAlong } from '../layout.js';
import { defineOperator, type Tie } from '../operator.js';
import { requireRank, shapeError } from '../shapes.js';

const attributes = z.strictObject({
  pads: z.array(z.int().min(0)).readonly(),
  value: z.number(),
  mode: z.enum(['constant', 'reflect', 'edge']),
});
type PadAttributes = z.infer<typeof attributes>;

const padsOf = ({ pads }: PadAttributes, axis: number): [number, number] => [
  pads[axis]!,
  pads[axis + pads.length / 2]!,
];

/** Where position i outside 0 … size − 1 takes its value from. */
function source(mode: 'reflect' | 'edge', i: number, size: number): number {
  if (mode === 'edge') return Math.min(Math.max(i, 0), size - 1);
  return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
}

/** Adds a border: a constant, the image mirrored at its outermost pixels, or its outermost pixels repeated. */
export const pad = defineOperator<PadAttributes>({
  name: 'Pad',
  arity: [1, 1],
  attributes,
  params: {},
  inferShapes({ attrs, inputs }) {
    const x = inputs[0]!;
    requireRank(x, 'the input', attrs.pads.length / 2);
    const output: Shape = x.map((size, axis) => {
      const [before, after] = padsOf(attrs, axis);
      if (attrs.mode === 'reflect' && size !== null && Math.max(before, after) >= size) {
        throw shapeError(`pads below ${size}`, `axis ${axis}`, Math.max(before, after));
      }
      return size === null ? null : size + before + after;
    });
    return [output];
  },
  execute({ attrs, inputs }) {
    const x = inputs[0]!;
    const { mode } = attrs;
    if (mode === 'constant')
      return [
        tf.pad(
          x,
          x.shape.map((_, axis) => padsOf(attrs, axis)),
          attrs.value,
        ),
      ];
    const padded = x.shape.reduce((y, size, axis) => {
      const [before, after] = padsOf(attrs, axis);
      if (before + after === 0) return y;
      const positions = Array.from({ length: before + size + after }, (_, i) =>
        source(mode, i - before, size),
      );
      return takeAlong(y, axis, positions);
    }, x as tf.Tensor);
    return [padded === x ? x.clone() : padded];
  },
  cost: () => ({ macs: 0, operations: 0 }),
  ties({ attrs, inputs }) {
    return inputs[0]!.flatMap((size, axis): Tie[] => {
      const [before, after] = padsOf(attrs, axis);
      if (size === null || (attrs.mode !== 'constant' && before + after > 0)) return [];
      return [
        {
          size,
          axes: [
            { of: { input: 0 }, axis },
            { of: { output: 0 }, axis, offset: before },
          ],
        },
      ];
    });
  },
});
