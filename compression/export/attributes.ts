/** Typed reading of a node's attributes; the registry has validated them, so a wrong type is a damaged graph. */
import { PocketlensError } from '../../models/base/errors.js';
import type { Attribute, Node } from '../../models/graph/ir.js';

export function numberAttr(node: Node, name: string, fallback?: number): number {
  const value = node.attrs[name] ?? fallback;
  if (typeof value !== 'number') throw badAttribute(node, name, 'a number', value);
  return value;
}

export function stringAttr(node: Node, name: string, fallback?: string): string {
  const value = node.attrs[name] ?? fallback;
  if (typeof value !== 'string') throw badAttribute(node, name, 'a string', value);
  return value;
}

export function booleanAttr(node: Node, name: string, fallback: boolean): boolean {
  const value = node.attrs[name] ?? fallback;
  return value === true || value === 1;
}

export function numbersAttr(node: Node, name: string, fallback?: readonly number[]): readonly number[] {
  const value = node.attrs[name] ?? fallback;
  if (!Array.isArray(value) || !value.every((v) => typeof v === 'number')) {
    throw badAttribute(node, name, 'a list of numbers', value);
  }
  return value as readonly number[];
}

function badAttribute(
  node: Node,
  name: string,
  wanted: string,
  value: Attribute | undefined,
): PocketlensError {
  return new PocketlensError(
    'invalid_graph',
    `Expected ${wanted} for attribute "${name}" of ${node.op} "${node.id}" but received ${JSON.stringify(value)}.`,
  );
}

/** A possibly negative axis of a value of this rank, as a non-negative one. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
