/** Reading the inputs of a node that the graph wants as attributes or as weights. */
import { type Constant, numbersOf, type Size } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';

/** Weights. @throws Unsupported where the input is no constant. */
export function weightOf(node: OnnxNode, raising: Raising, index: number, role: string): Constant {
  const constant = raising.constant(node.need(index));
  if (!constant) throw new Unsupported(`with ${role} that is no constant`);
  return constant;
}

/** A list of sizes, of which a run may tell some; undefined where the input is absent. */
export function sizesInput(
  node: OnnxNode,
  raising: Raising,
  index: number,
  what: string,
): readonly Size[] | undefined {
  const name = node.input(index);
  if (name === undefined) return undefined;
  const constant = raising.constant(name);
  if (!constant) throw new Unsupported(`with ${what} known only at run time`);
  if (constant.data.length > 1024)
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected a short list but received ${constant.data.length}.`,
    );
  return Array.from(constant.data);
}

/** Numbers; undefined where the input is absent. */
export function numbersInput(
  node: OnnxNode,
  raising: Raising,
  index: number,
  what: string,
): readonly number[] | undefined {
  const list = sizesInput(node, raising, index, what);
  if (list && !list.every((value) => typeof value === 'number'))
    throw new Unsupported(`with ${what} known only at run time`);
  return list as readonly number[] | undefined;
}

/** One number; undefined where the input is absent. */
export function numberInput(
  node: OnnxNode,
  raising: Raising,
  index: number,
  what: string,
): number | undefined {
  const list = numbersInput(node, raising, index, what);
  if (list && list.length !== 1)
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected one number for ${what} but received ${list.length}.`,
    );
  return list?.[0];
}

/** By input from some operator set on, by attribute before; undefined where neither is given. */
export function listOf(
  node: OnnxNode,
  raising: Raising,
  index: number,
  name: string,
): readonly number[] | undefined {
  return numbersInput(node, raising, index, name) ?? node.ints(name);
}

/** A non-negative axis. @throws model_corrupt */
export function axisIn(node: OnnxNode, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(positive) && positive >= 0 && positive < rank) return positive;
  throw corrupt(`Node "${node.name}" (${node.op}): Expected an axis of rank ${rank} but received ${axis}.`);
}

/** Distinct non-negative axes. */
export function axesIn(node: OnnxNode, axes: readonly number[], rank: number): number[] {
  const positive = axes.map((axis) => axisIn(node, axis, rank));
  if (new Set(positive).size === positive.length) return positive;
  throw corrupt(
    `Node "${node.name}" (${node.op}): Expected distinct axes but received [${axes.join(', ')}].`,
  );
}

/** The one number that all elements are, if they are. */
export function uniformValue(constant: Constant): number | undefined {
  const numbers = numbersOf(constant);
  const first = numbers?.[0];
  if (!numbers || first === undefined) return undefined;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] !== first) return undefined;
  return first;
}
