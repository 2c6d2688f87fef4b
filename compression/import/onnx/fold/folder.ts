import { PocketlensError } from '../../../../models/base/errors.js';
import { type Constant, numbersOf } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';

/** Computes the outputs of a node from its inputs, undefined where an optional one is absent. */
export type Folder = (
  node: OnnxNode,
  inputs: readonly (Constant | undefined)[],
  raising: Raising,
) => readonly Constant[] | undefined;

/** What shapes, paddings and masks need at most; more is data, and no file should make it out of nothing. */
const MOST_ELEMENTS = 2 ** 22;

/** @throws limit_exceeded where a constant would be out of proportion. */
export function checkElements(count: number, node: OnnxNode): number {
  if (count >= 0 && count <= MOST_ELEMENTS) return count;
  throw new PocketlensError(
    'limit_exceeded',
    `Expected at most ${MOST_ELEMENTS} elements for the constant that "${node.name}" (${node.op}) makes but received ${count}.`,
    { remedy: 'Export the model with constants folded.', details: { node: node.name, op: node.op } },
  );
}

/** @throws model_corrupt where the input is absent. */
export function needed(node: OnnxNode, inputs: readonly (Constant | undefined)[], index: number): Constant {
  const constant = inputs[index];
  if (!constant)
    throw corrupt(`Node "${node.name}" (${node.op}): Expected an input ${index} but received none.`);
  return constant;
}

/** Whole numbers that must be known. @throws Unsupported where one is known only at run time. */
export function wholeNumbers(constant: Constant, what: string): number[] {
  const numbers = numbersOf(constant);
  if (!numbers) throw new Unsupported(`with ${what} known only at run time`);
  const list = Array.from(checkSmall(numbers));
  if (!list.every(Number.isSafeInteger))
    throw corrupt(`Expected whole numbers for ${what} but received others.`);
  return list;
}

function checkSmall(numbers: ArrayLike<number>): ArrayLike<number> {
  if (numbers.length <= 1024) return numbers;
  throw corrupt(`Expected a short list but received ${numbers.length} numbers.`);
}

/** @throws model_corrupt */
export function axisOf(axis: number, rank: number, node: OnnxNode): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(positive) && positive >= 0 && positive < rank) return positive;
  throw corrupt(`Node "${node.name}" (${node.op}): Expected an axis of rank ${rank} but received ${axis}.`);
}
