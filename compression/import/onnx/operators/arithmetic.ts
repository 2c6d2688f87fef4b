import type { ValueId } from '../../../../models/graph/ir.js';
import { identityPerm, type Perm } from '../../../perm.js';
import type { Constant, Size } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { Raising } from '../raising.js';
import { attachBias, attachScale } from './attach.js';
import { axisIn, uniformValue } from './constants.js';
import { asGelu } from './gelu.js';
import { asHardSwish, sixthAsHardSwish } from './hard-swish.js';
import { asLayerNormalization } from './layer-norm-pieces.js';
import type { OperatorImporter } from './operator-importer.js';
import { isIntegerArithmetic, multiplyCodes } from './quantization.js';

/** What an unknown size counts for when the larger of two operands is wanted. */
const TYPICAL_SIZE = 64;

const elements = (sizes: readonly Size[]) =>
  sizes.reduce((product: number, d) => product * (typeof d === 'number' ? d : TYPICAL_SIZE), 1);

/** The order in which the largest of the values of full rank is stored: transposing the others costs least. */
export function commonPerm(tensors: readonly string[], rank: number, raising: Raising): Perm {
  let best: string | undefined;
  for (const tensor of tensors) {
    if (raising.rank(tensor) !== rank || raising.constant(tensor)) continue;
    if (best === undefined || elements(raising.sizes(tensor)) > elements(raising.sizes(best))) best = tensor;
  }
  return best === undefined ? identityPerm(rank) : raising.stored(best).perm;
}

/** A constant that broadcasts against a value which is stored in the order `perm`; leading axes of 1 are left out. */
export function constantOperand(constant: Constant, perm: Perm, raising: Raising): ValueId {
  const rank = perm.length;
  const { dims } = constant;
  if (constant.data.length === 0 || dims.length > rank)
    throw corrupt(`Expected a constant that broadcasts to rank ${rank} but received [${dims.join(', ')}].`);
  const whole = [...new Array<number>(rank - dims.length).fill(1), ...dims];
  const ordered = perm.map((axis) => whole[axis]!);
  const leading = ordered.findIndex((d) => d !== 1);
  const kept = perm.slice(leading < 0 ? rank : leading);
  // The axes that are left, renumbered, in the order of the file.
  const axes = [...kept].sort((a, b) => a - b);
  const narrow = raising.narrowed(
    constant,
    axes.map((axis) => whole[axis]!),
  );
  return raising.constantValue(
    narrow,
    kept.map((axis) => axes.indexOf(axis)),
  );
}

/** The operands in one order. Constants lose leading axes of 1: where no value has all axes, the values get them. */
function alignedAll(tensors: readonly string[], perm: Perm, raising: Raising): ValueId[] {
  const isWhole = tensors.some((tensor) => !raising.constant(tensor) && raising.rank(tensor) === perm.length);
  return tensors.map((tensor) => aligned(tensor, perm, raising, !isWhole));
}

/** The value in an order of a higher rank, its missing leading axes added where the order demands it, or `whole`. */
export function aligned(tensor: string, perm: Perm, raising: Raising, whole = false): ValueId {
  const constant = raising.constant(tensor);
  if (constant) return constantOperand(constant, perm, raising);
  const missing = perm.length - raising.rank(tensor);
  if (missing === 0) return raising.read(tensor, perm);
  const own = perm.filter((axis) => axis >= missing).map((axis) => axis - missing);
  const value = raising.read(tensor, own);
  const added = perm.flatMap((axis, i) => (axis < missing ? [i] : []));
  // Axes in front of all others need not be there.
  return !whole && added.every((axis, i) => axis === i)
    ? value
    : raising.emit('Unsqueeze', [value], { axes: added });
}

/** Two operands that broadcast. */
export function binary(op: 'Add' | 'Sub' | 'Mul' | 'Div'): OperatorImporter {
  return (node, raising) => {
    const operands = [node.need(0), node.need(1)] as const;
    const output = node.outputs[0]!;
    if (op === 'Mul' && isIntegerArithmetic(operands, raising)) return multiplyCodes(node, raising);
    if (op === 'Add' && attachBias(operands, output, raising)) return;
    if (op === 'Mul' && attachScale(operands, output, raising)) return;
    if (op === 'Mul' && asHardSwish(operands, output, raising)) return;
    if (op === 'Mul' && asGelu(operands, output, raising)) return;
    if (op === 'Div' && asLayerNormalization(operands, output, raising)) return;
    if (op === 'Div' && sixthAsHardSwish(operands, output, raising)) return;
    const rank = Math.max(...operands.map((tensor) => raising.rank(tensor)));
    const perm = commonPerm(operands, rank, raising);
    raising.result(output, op, alignedAll(operands, perm, raising), {}, perm);
  };
}

/** Any number of operands. */
export const importSum: OperatorImporter = (node, raising) => {
  const rank = Math.max(...node.inputs.map((tensor) => raising.rank(tensor)));
  const perm = commonPerm(node.inputs, rank, raising);
  const operands = alignedAll(node.inputs, perm, raising);
  const last = operands.pop();
  if (last === undefined) throw corrupt(`Node "${node.name}" (Sum): Expected operands but received none.`);
  if (operands.length === 0) return raising.alias(node.need(0), node.outputs[0]!);
  const sum = operands.reduce((a, b) => raising.emit('Add', [a, b]));
  raising.result(node.outputs[0]!, 'Add', [sum, last], {}, perm);
};

export const importConcat: OperatorImporter = (node, raising) => {
  const rank = raising.rank(node.need(0));
  const perm = commonPerm(node.inputs, rank, raising);
  const axis = perm.indexOf(axisIn(node, node.int('axis', 1), rank));
  if (node.inputs.some((tensor) => raising.rank(tensor) !== rank))
    throw corrupt(`Node "${node.name}" (Concat): Expected inputs of equal rank but received others.`);
  raising.result(
    node.outputs[0]!,
    'Concat',
    node.inputs.map((tensor) => raising.read(tensor, perm)),
    { axis },
    perm,
  );
};

/** Squares and first powers. */
export const importPow: OperatorImporter = (node, raising) => {
  const constant = raising.constant(node.need(1));
  const exponent = constant && uniformValue(constant);
  if (exponent !== 3 && exponent !== 2 && exponent !== 1)
    throw new Unsupported('with an exponent other than 1, 2 or 3');
  const { id, perm } = raising.stored(node.need(0));
  if (exponent === 1) raising.alias(node.need(0), node.outputs[0]!);
  else {
    const factor = exponent === 3 ? raising.emit('Mul', [id, id]) : id;
    raising.result(node.outputs[0]!, 'Mul', [factor, id], {}, perm);
  }
};
