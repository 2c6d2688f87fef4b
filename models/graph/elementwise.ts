/** What operators that work on each element have in common: shapes, cost and ties. */
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Attributes, Shape } from './ir.js';
import { type AxisRef, defineOperator, type Operator, type Tie } from './operator.js';
import { broadcastShapes, sizeOf } from './shapes.js';

export const noAttributes = z.strictObject({}) as z.ZodType<Record<string, never>>;

/** The same axis of input 0 and output 0 tied, for every axis but `except`. */
export function identityTies(shape: Shape, except: readonly number[] = []): Tie[] {
  return shape.flatMap((size, axis) =>
    size === null || except.includes(axis)
      ? []
      : [
          {
            size,
            axes: [
              { of: { input: 0 }, axis },
              { of: { output: 0 }, axis },
            ],
          },
        ],
  );
}

/** An operator of one input whose output has the input's shape. */
export function unaryOperator<A extends Attributes>(options: {
  name: string;
  attributes: z.ZodType<A>;
  /** Arithmetic operations an element. */
  operations: number;
  /** Axes along which elements depend on each other: not tied. */
  coupled?: (attrs: A, rank: number) => number[];
  check?: (attrs: A, input: Shape) => void;
  execute: (x: tf.Tensor, attrs: A) => tf.Tensor;
}): Operator {
  return defineOperator<A>({
    name: options.name,
    arity: [1, 1],
    attributes: options.attributes,
    params: {},
    inferShapes({ attrs, inputs }) {
      options.check?.(attrs, inputs[0]!);
      return [inputs[0]!];
    },
    execute: ({ attrs, inputs }) => [options.execute(inputs[0]!, attrs)],
    cost: ({ outputs }) => ({ macs: 0, operations: options.operations * sizeOf(outputs[0]!) }),
    ties: ({ attrs, inputs }) => identityTies(inputs[0]!, options.coupled?.(attrs, inputs[0]!.length)),
  });
}

/** An operator of two inputs that broadcast against each other. */
export function binaryOperator(name: string, execute: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator {
  return defineOperator<Record<string, never>>({
    name,
    arity: [2, 2],
    attributes: noAttributes,
    params: {},
    inferShapes: ({ inputs }) => [broadcastShapes(inputs[0]!, inputs[1]!)],
    execute: ({ inputs }) => [execute(inputs[0]!, inputs[1]!)],
    cost: ({ outputs }) => ({ macs: 0, operations: sizeOf(outputs[0]!) }),
    ties({ inputs, outputs }) {
      const output = outputs[0]!;
      return output.flatMap((size, axis): Tie[] => {
        if (size === null) return [];
        const axes: AxisRef[] = [{ of: { output: 0 }, axis }];
        inputs.forEach((shape, input) => {
          const own = axis - (output.length - shape.length);
          // An axis of size 1 is broadcast: it takes part only where all are 1.
          if (own >= 0 && shape[own] === size) axes.push({ of: { input }, axis: own });
        });
        return [{ size, axes }];
      });
    },
  });
}
