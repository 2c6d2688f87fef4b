/** What becomes of shapes and of channels when a tensor is reshaped row-major. */
import type { Dimension, Shape } from './ir.js';
import type { AxisRef, Tie } from './operator.js';
import { shapeError, showShape, sizeOf } from './shapes.js';

/** @param shape sizes; 0 copies the input's size of that axis, −1 is what is left. @throws invalid_graph */
export function reshapedShape(input: Shape, shape: readonly number[]): Shape {
  const copied = (axis: number): Dimension => {
    const d = input[axis];
    if (d === undefined)
      throw shapeError(`at most ${input.length} axes to copy`, 'the shape', shape.join(', '));
    return d;
  };
  const output: Dimension[] = shape.map((d, axis) => (d === 0 ? copied(axis) : d));
  const hole = shape.indexOf(-1);
  // A copied unknown size stands on both sides and cancels out.
  const left = input.filter((_, axis) => shape[axis] !== 0);
  const right = shape.filter((d) => d > 0);
  if (left.includes(null)) {
    if (hole >= 0) output[hole] = null;
    return output;
  }
  const have = sizeOf(left as number[]);
  const want = sizeOf(right);
  if (hole < 0 ? have !== want : want === 0 || have % want !== 0) {
    throw shapeError(`a shape that holds ${showShape(input)}`, 'Reshape', `[${shape.join(', ')}]`);
  }
  if (hole >= 0) output[hole] = have / want;
  return output;
}

/**
 * Which units of the input's axes are which of the output's. Axes that stay are tied one to one; axes that merge into
 * one, or that one splits into, are tied in blocks and copies; anything less regular is not tied.
 *
 * @param isCopied whether an axis of unknown size is the input's axis of that number, as far as the operator tells
 */
export function reshapeTies(
  input: Shape,
  output: Shape,
  isCopied: (inputAxis: number, outputAxis: number) => boolean,
): Tie[] {
  const ties: Tie[] = [];
  const from = axesOf(input, 'input');
  const to = axesOf(output, 'output');
  const pair = (a: Axis, b: Axis) => {
    if (a.size !== null) ties.push({ size: a.size, axes: [a.ref, b.ref] });
  };
  const isSame = (a: Axis | undefined, b: Axis | undefined) =>
    a !== undefined && b !== undefined && a.size !== null && a.size === b.size;
  while (isSame(from.at(-1), to.at(-1))) pair(from.pop()!, to.pop()!);
  // Sizes before the first difference are equal too; two unknown ones are, where what is left beside them is.
  const isAlike = ([a, ...restA]: readonly Axis[], [b, ...restB]: readonly Axis[]) => {
    if (!a || !b || a.size !== b.size) return false;
    if (a.size !== null || isCopied(a.ref.axis, b.ref.axis)) return true;
    const left = product(restA);
    return left !== null && left === product(restB);
  };
  while (isAlike(from, to)) pair(from.shift()!, to.shift()!);
  while (from.length > 0 && to.length > 0) {
    const left = [from.shift()!];
    const right = [to.shift()!];
    for (;;) {
      const a = product(left);
      const b = product(right);
      if (a === null || b === null) return ties;
      if (a === b) break;
      const next = a < b ? from.shift() : to.shift();
      if (!next) return ties;
      (a < b ? left : right).push(next);
    }
    if (right.length === 1) ties.push(...mergeTies(left, right[0]!));
    else if (left.length === 1) ties.push(...mergeTies(right, left[0]!));
  }
  return ties;
}

interface Axis {
  readonly size: Dimension;
  readonly ref: AxisRef;
}

function axesOf(shape: Shape, side: 'input' | 'output'): Axis[] {
  return shape
    .map((size, axis): Axis => ({ size, ref: { of: side === 'input' ? { input: 0 } : { output: 0 }, axis } }))
    .filter(({ size }) => size !== 1);
}

function product(axes: readonly Axis[]): number | null {
  return axes.reduce<number | null>((p, { size }) => (p === null || size === null ? null : p * size), 1);
}

/** Row-major: of [a, b, c] merged, a unit of b is a run of c positions, a times, b·c apart. */
function mergeTies(parts: readonly Axis[], whole: Axis): Tie[] {
  return parts.map((part, i) => {
    const size = part.size as number;
    const block = product(parts.slice(i + 1)) as number;
    const copies = product(parts.slice(0, i)) as number;
    return { size, axes: [part.ref, { ...whole.ref, block, copies, stride: block * size }] };
  });
}
