/** Gelu, as exporters below operator set 20 write it: x · (1 + erf(x / √2)) / 2, or by the hyperbolic tangent. */
import type { ValueId } from '../../../../models/graph/ir.js';
import type { Draft } from '../draft.js';
import type { Raising } from '../raising.js';
import { uniformValue } from './constants.js';

const CLOSE = 1e-4;
const near = (found: number | undefined, wanted: number) =>
  found !== undefined && Math.abs(found / wanted - 1) < CLOSE;

/** The last of the products, whichever of x, ½ and the sum it takes in. */
export function asGelu(operands: readonly string[], output: string, raising: Raising): boolean {
  const { draft } = raising;
  const [a, b] = operands as [string, string];
  // (x · sum) · ½
  for (const [half, product] of [
    [a, b],
    [b, a],
  ] as const) {
    const constant = raising.constant(half);
    if (!constant || raising.constant(product) || constant.data.length !== 1) continue;
    if (uniformValue(constant) !== 0.5) return false;
    const { id, perm } = raising.stored(product);
    const node = draft.node(id);
    return node?.op === 'Mul' && finish(node.inputs[0]!, node.inputs[1]!, 1, perm);
  }
  if (operands.some((name) => raising.constant(name))) return false;
  // (x · ½) · sum, or x · (sum · ½)
  const [left, right] = [raising.stored(a), raising.stored(b)];
  return left.perm.join() === right.perm.join() && finish(left.id, right.id, 0.5, left.perm);

  function finish(first: ValueId, second: ValueId, factor: number, perm: readonly number[]): boolean {
    for (const [x, sum] of [
      [first, second],
      [second, first],
    ] as const) {
      const value = scaled(x, draft);
      const bell = scaled(sum, draft);
      const inner = added(bell.id, 1, draft);
      if (inner === undefined) continue;
      for (const approximate of ['none', 'tanh'] as const) {
        const of = approximate === 'none' ? erfOf(inner, draft) : tanhOf(inner, draft);
        // x itself may be a product by a number.
        const origin = of === x ? x : of === value.id ? value.id : undefined;
        if (origin === undefined || !near(bell.by * (origin === x ? 1 : value.by), factor)) continue;
        raising.result(output, 'Gelu', [origin], { approximate }, perm);
        return true;
      }
    }
    return false;
  }
}

/** y · c → y and c; all else is itself times 1. */
function scaled(id: ValueId, draft: Draft): { readonly id: ValueId; readonly by: number } {
  const node = draft.node(id);
  const [a, b] = node?.inputs ?? [];
  if (node?.op === 'Mul' || node?.op === 'Div') {
    const by = numberOf(b!, draft);
    if (by !== undefined) return { id: a!, by: node.op === 'Mul' ? by : 1 / by };
    const before = node.op === 'Mul' ? numberOf(a!, draft) : undefined;
    if (before !== undefined) return { id: b!, by: before };
  }
  return { id, by: 1 };
}

/** y + number → y. */
function added(id: ValueId, number: number, draft: Draft): ValueId | undefined {
  const node = draft.node(id);
  if (node?.op !== 'Add') return undefined;
  const [a, b] = node.inputs as [ValueId, ValueId];
  if (numberOf(b, draft) === number) return a;
  return numberOf(a, draft) === number ? b : undefined;
}

function numberOf(id: ValueId, draft: Draft): number | undefined {
  const { value } = draft.node(id)?.params ?? {};
  return value?.data.length === 1 ? value.data[0] : undefined;
}

/** erf(x / √2) → x. */
function erfOf(id: ValueId, draft: Draft): ValueId | undefined {
  const node = draft.node(id);
  if (node?.op !== 'Erf') return undefined;
  const { id: x, by } = scaled(node.inputs[0]!, draft);
  return near(by, Math.SQRT1_2) ? x : undefined;
}

/** tanh(√(2/π) · (x + 0.044715 · x³)) → x. */
function tanhOf(id: ValueId, draft: Draft): ValueId | undefined {
  const node = draft.node(id);
  if (node?.op !== 'Tanh') return undefined;
  const { id: sum, by } = scaled(node.inputs[0]!, draft);
  const parts = near(by, Math.sqrt(2 / Math.PI)) ? draft.node(sum) : undefined;
  if (parts?.op !== 'Add') return undefined;
  for (const [x, third] of [parts.inputs, [...parts.inputs].reverse()] as [ValueId, ValueId][]) {
    const cube = scaled(third, draft);
    if (near(cube.by, 0.044715) && powerOf(cube.id, x, draft, 2) === 3) return x;
  }
  return undefined;
}

/** How many times x is a factor of a product of nothing else. @param depth products in each other that are looked at */
function powerOf(id: ValueId, x: ValueId, draft: Draft, depth: number): number {
  if (id === x) return 1;
  const node = draft.node(id);
  if (node?.op !== 'Mul' || depth === 0) return Number.NaN;
  return powerOf(node.inputs[0]!, x, draft, depth - 1) + powerOf(node.inputs[1]!, x, draft, depth - 1);
}
