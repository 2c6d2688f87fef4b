/**
 * (x − mean) / √(mean((x − mean)²) + ε), as exporters below operator set 17 write layer normalisation. The square root
 * alone the graph can't say; its scale and offset are attached by the arithmetic that follows.
 */
import type { ValueId } from '../../../../models/graph/ir.js';
import { identityPerm, type Perm } from '../../../perm.js';
import type { Draft } from '../draft.js';
import { Unsupported } from '../errors.js';
import { shortest } from '../onnx-node.js';
import type { Raising, Special } from '../raising.js';
import { LEAST_EPSILON } from './normalization.js';
import type { OperatorImporter } from './operator-importer.js';

/** What a value is taken less its mean of, and over which of the stored axes. */
interface Centred {
  readonly x: ValueId;
  readonly axis: number;
}

/** A standard deviation. */
interface Deviation extends Special, Centred {
  readonly kind: 'deviation';
  readonly epsilon: number;
  readonly perm: Perm;
}

export const importSqrt: OperatorImporter = (node, raising) => {
  const output = node.outputs[0]!;
  const { id, perm } = raising.stored(node.need(0));
  const found = variance(id, raising.draft);
  const users = raising.usersOf(output);
  const divides = users.length > 0 && users.every(({ op, inputs }) => op === 'Div' && inputs[1] === output);
  if (!found || !divides || raising.isOutput(output)) throw new Unsupported();
  raising.bindSpecial(output, { kind: 'deviation', ...found, perm } satisfies Deviation);
};

/** @returns whether the division is one by a standard deviation @throws Unsupported where it is, but of something else */
export function asLayerNormalization(
  [centred, divisor]: readonly [string, string],
  output: string,
  raising: Raising,
): boolean {
  const special = raising.special(divisor);
  if (special?.kind !== 'deviation') return false;
  const { x, axis, epsilon, perm } = special as Deviation;
  const channels = raising.draft.sizes(x)[axis];
  const dividend = centredOf(raising.stored(centred).id, raising.draft);
  if (dividend?.x !== x || dividend.axis !== axis || typeof channels !== 'number')
    throw new Unsupported('by a square root');
  // The graph normalises over the last axis.
  const order = [...identityPerm(perm.length).filter((other) => other !== axis), axis];
  const value = raising.draft.transposed(x, order);
  const turned = order.map((from) => perm[from]!);
  raising.result(output, 'LayerNormalization', [value], { epsilon }, turned, {
    scale: raising.params.made(new Float32Array(channels).fill(1)),
    bias: raising.params.made(new Float32Array(channels)),
  });
  return true;
}

/** mean((x − mean)²) + ε → x and ε. */
function variance(id: ValueId, draft: Draft): (Centred & { readonly epsilon: number }) | undefined {
  const sum = draft.node(id);
  if (sum?.op !== 'Add') return undefined;
  for (const [mean, added] of [sum.inputs, [...sum.inputs].reverse()] as [ValueId, ValueId][]) {
    const { value } = draft.node(added)?.params ?? {};
    const found = meanOf(mean, draft);
    const square = found && draft.node(found.x);
    if (square?.op !== 'Mul' || value?.data.length !== 1) continue;
    const [a, b] = square.inputs.map((factor) => centredOf(factor, draft));
    if (a && a.x === b?.x && a.axis === b.axis && a.axis === found?.axis)
      return { ...a, epsilon: Math.max(shortest(value.data[0]!), LEAST_EPSILON) };
  }
  return undefined;
}

/** x − mean(x) → x. */
function centredOf(id: ValueId, draft: Draft): Centred | undefined {
  const node = draft.node(id);
  if (node?.op !== 'Sub') return undefined;
  const mean = meanOf(node.inputs[1]!, draft);
  return mean?.x === node.inputs[0] ? mean : undefined;
}

/** The mean over one axis, which stays as 1 → what it is taken of. */
function meanOf(id: ValueId, draft: Draft): Centred | undefined {
  const node = draft.node(id);
  if (node?.op !== 'ReduceMean' || node.attrs.keepdims !== true) return undefined;
  const { axes } = node.attrs;
  const [axis, ...more] = axes as readonly number[];
  return more.length === 0 ? { x: node.inputs[0]!, axis: axis! } : undefined;
}
