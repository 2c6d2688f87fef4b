/** Convolutions that are products of matrices. */
import type { Node, Shape } from '../models/graph/ir.js';

/** Whether a Conv multiplies each pixel with one matrix: 1×1, no strides, no groups, nothing added around. */
export function isPointwise({ attrs }: Node, weight: Shape): boolean {
  const [height, width] = weight;
  const { strides = [1, 1], groups = 1, pads = 'valid' } = attrs;
  const isPadded = Array.isArray(pads) && pads.some((n) => n !== 0);
  return !isPadded && [height, width, ...(strides as readonly number[]), groups].every((n) => n === 1);
}
