/** HardSwish, as exporters of old operator sets write it. */
import type { ValueId } from '../../../../models/graph/ir.js';
import { samePerm } from '../../../perm.js';
import type { Raising } from '../raising.js';
import { uniformValue } from './constants.js';

/** x · HardSigmoid(x) with slope 1/6, as exporters of old operator sets write HardSwish. */
export function asHardSwish(operands: readonly string[], output: string, raising: Raising): boolean {
  for (const [x, gate] of [operands, [...operands].reverse()] as [string, string][]) {
    if (raising.constant(x) || raising.constant(gate)) continue;
    const value = raising.stored(x);
    const gateValue = raising.stored(gate);
    const node = raising.draft.node(gateValue.id);
    const isGate =
      node?.op === 'HardSigmoid' && node.inputs[0] === value.id && samePerm(value.perm, gateValue.perm);
    if (!isGate || Math.abs(Number(node.attrs.alpha) * 6 - 1) > 1e-4 || node.attrs.beta !== 0.5) continue;
    raising.result(output, 'HardSwish', [value.id], {}, value.perm);
    return true;
  }
  return false;
}

/** x · min(max(x + 3, 0), 6) / 6, as Paddle writes it: here is the division. */
export function sixthAsHardSwish(
  [product, divisor]: readonly [string, string],
  output: string,
  raising: Raising,
): boolean {
  const six = raising.constant(divisor);
  if (six?.data.length !== 1 || uniformValue(six) !== 6 || raising.constant(product)) return false;
  const { id, perm } = raising.stored(product);
  const factors = raising.draft.node(id);
  if (factors?.op !== 'Mul') return false;
  const [a, b] = factors.inputs as [ValueId, ValueId];
  const x = gated(b, raising) === a ? a : gated(a, raising) === b ? b : undefined;
  if (x === undefined) return false;
  raising.result(output, 'HardSwish', [x], {}, perm);
  return true;
}

/** min(max(x + 3, 0), 6) → x. */
function gated(id: ValueId, { draft }: Raising): ValueId | undefined {
  const clip = draft.node(id);
  if (clip?.op !== 'Clip' || clip.attrs.min !== 0 || clip.attrs.max !== 6) return undefined;
  const sum = draft.node(clip.inputs[0]!);
  if (sum?.op !== 'Add') return undefined;
  for (const [x, added] of [sum.inputs, [...sum.inputs].reverse()] as [ValueId, ValueId][]) {
    const { value } = draft.node(added)?.params ?? {};
    if (value?.data.length === 1 && value.data[0] === 3) return x;
  }
  return undefined;
}
