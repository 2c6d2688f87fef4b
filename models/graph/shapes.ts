/** Arithmetic on shapes in which a dimension may be unknown (null). */
import { expected, type PocketlensError } from '../base/errors.js';
import type { Dimension, Shape } from './ir.js';

/** "[1, 32, ?, 3]" */
export function showShape(shape: Shape): string {
  return `[${shape.map((d) => d ?? '?').join(', ')}]`;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}

export function shapeError(what: string, name: string, actual: unknown): PocketlensError {
  return expected('invalid_graph', what, name, Array.isArray(actual) ? showShape(actual) : actual);
}

/** @throws invalid_graph unless the rank is among `ranks`. */
export function requireRank(shape: Shape, name: string, ...ranks: number[]): void {
  if (!ranks.includes(shape.length)) throw shapeError(`rank ${ranks.join(' or ')}`, name, shape);
}

/** @throws invalid_graph unless both are equal, where both are known. */
export function requireDimension(actual: Dimension, wanted: Dimension, name: string): void {
  if (actual !== null && wanted !== null && actual !== wanted) throw shapeError(String(wanted), name, actual);
}

/** @throws invalid_graph unless the axis needs no knowledge at run time. */
export function requireKnown(dimension: Dimension, name: string): number {
  if (dimension === null) throw shapeError('a known size', name, 'an unknown one');
  return dimension;
}

/** A non-negative axis. @throws invalid_graph where it lies outside the rank. */
export function normalizeAxis(axis: number, rank: number, name = 'axis'): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw shapeError(`an axis of rank ${rank}`, name, axis);
  }
  return normal;
}

/** Sorted non-negative axes. @throws invalid_graph where one is outside the rank or named twice. */
export function normalizeAxes(axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => normalizeAxis(axis, rank)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length) throw shapeError('distinct axes', 'axes', axes.join(', '));
  return normal;
}

/** Numpy's broadcasting. An unknown dimension against a known one above 1 gives the known one. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = dimensionFromRight(a, rank - i);
    const y = dimensionFromRight(b, rank - i);
    if (x === 1) return y;
    if (y === 1 || x === y || y === null) return x;
    if (x === null) return y;
    throw shapeError(`a shape that broadcasts with ${showShape(a)}`, 'the second input', b);
  });
}

function dimensionFromRight(shape: Shape, fromRight: number): Dimension {
  const i = shape.length - fromRight;
  return i < 0 ? 1 : (shape[i] as Dimension);
}
