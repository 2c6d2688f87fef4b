/** What stands or falls together: single weights, blocks, or the weights of an N:M pattern. */
import { sizeOf } from '../../../models/graph/shapes.js';
import type { PrunableWeight } from './weights.js';

export type Granularity =
  | 'weight'
  /** Of every `of` consecutive inputs of an output, `keep` stay. */
  | { readonly keep: number; readonly of: number }
  /** Blocks of so many consecutive inputs and outputs; those at the end may be smaller. */
  | { readonly inputs: number; readonly outputs: number };

/** `index[i]` is the unit that element i belongs to. */
export interface Units {
  readonly index: Uint32Array;
  readonly count: number;
}

type Layout = Pick<PrunableWeight, 'shape' | 'inputAxis' | 'outputAxis'>;

/** The units of a weight; of an N:M pattern its groups, a shorter one at the end of the inputs included. */
export function unitsOf(weight: Layout, granularity: Granularity): Units {
  const size = sizeOf(weight.shape);
  if (granularity === 'weight') {
    return { index: Uint32Array.from({ length: size }, (_, i) => i), count: size };
  }
  const [inputs, outputs] =
    'of' in granularity ? [granularity.of, 1] : [granularity.inputs, granularity.outputs];
  // Row-major over the shape, with the two axes counted in blocks.
  const lengths = weight.shape.map((_, axis) =>
    axis === weight.inputAxis ? inputs : axis === weight.outputAxis ? outputs : 1,
  );
  const counts = weight.shape.map((length, axis) => Math.ceil(length / lengths[axis]!));
  const index = new Uint32Array(size);
  const position = weight.shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    let unit = 0;
    for (let axis = 0; axis < position.length; axis++)
      unit = unit * counts[axis]! + Math.floor(position[axis]! / lengths[axis]!);
    index[i] = unit;
    for (let axis = position.length - 1; axis >= 0 && ++position[axis]! === weight.shape[axis]; axis--)
      position[axis] = 0;
  }
  return { index, count: sizeOf(counts) };
}

/** Mean of the elements' scores in each unit. */
export function unitScores(scores: Float32Array, { index, count }: Units): Float32Array {
  if (count === scores.length) return scores;
  const sums = new Float64Array(count);
  const sizes = new Uint32Array(count);
  for (let i = 0; i < scores.length; i++) {
    sums[index[i]!]! += scores[i]!;
    sizes[index[i]!]! += 1;
  }
  return Float32Array.from(sums, (sum, unit) => sum / sizes[unit]!);
}

/**
 * Keeps the `keep` highest elements of every group of `of`; of equal ones the first. A group that is shorter, where the
 * inputs are no multiple of `of`, stays whole.
 * @returns 1 where kept
 */
export function patternMask(
  scores: Float32Array,
  { index, count }: Units,
  keep: number,
  of: number,
): Uint8Array {
  const members = new Int32Array(count * of).fill(-1);
  const filled = new Uint32Array(count);
  for (let i = 0; i < scores.length; i++) {
    const unit = index[i]!;
    members[unit * of + filled[unit]!] = i;
    filled[unit]! += 1;
  }
  const mask = new Uint8Array(scores.length).fill(1);
  for (let unit = 0; unit < count; unit++) {
    if (filled[unit]! < of) continue;
    const group = [...members.subarray(unit * of, (unit + 1) * of)];
    group.sort((a, b) => scores[b]! - scores[a]! || a - b);
    for (const i of group.slice(keep)) mask[i] = 0;
  }
  return mask;
}
