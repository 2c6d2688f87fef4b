/** Activations that follow each other, as one. */
import type { Node } from '../../models/graph/ir.js';
import type { GraphEdit } from './graph-edit.js';

/** Fuses one pair. @returns what was done, undefined where there is none */
export function fuseOneActivation(edit: GraphEdit): { node: string; figure: string } | undefined {
  for (const node of edit.nodes) {
    const before = edit.producer(node.inputs[0]!);
    if (node.op === 'Mul') {
      const fused = hardSwish(edit, node);
      if (!fused) continue;
      edit.replace(fused);
      return { node: node.id, figure: 'HardSwish' };
    }
    if (!before) continue;
    if (node.op === 'Relu' && isNeverNegative(before) && edit.bypass(node, node.inputs[0]!))
      return { node: node.id, figure: `${before.op} is never negative` };
    const [outer, inner] = [boundsOf(node), boundsOf(before)];
    if (!outer || !inner) continue;
    const clip = (x: number) => Math.min(Math.max(x, outer.min), outer.max);
    const [min, max] = [clip(inner.min), clip(inner.max)];
    // Bounds without overlap: a constant, which no one writes on purpose.
    if (!(min < max)) continue;
    if (max === Number.POSITIVE_INFINITY) {
      if (min !== 0) continue;
      edit.replace({ ...node, op: 'Relu', attrs: {}, inputs: before.inputs });
    } else edit.replace({ ...node, op: 'Clip', attrs: { min, max }, inputs: before.inputs });
    return { node: node.id, figure: `it took in ${before.id}` };
  }
  return undefined;
}

function boundsOf({ op, attrs }: Node): { min: number; max: number } | undefined {
  if (op === 'Relu') return { min: 0, max: Number.POSITIVE_INFINITY };
  return op === 'Clip' ? { min: attrs.min as number, max: attrs.max as number } : undefined;
}

function isNeverNegative({ op, attrs }: Node): boolean {
  if (op === 'Clip') return (attrs.min as number) >= 0;
  return op === 'Relu' || op === 'Sigmoid' || op === 'HardSigmoid' || op === 'Softmax';
}

/** x · HardSigmoid(x) with slope 1/6 and offset 1/2 (Howard et al. 2019). */
function hardSwish(edit: GraphEdit, node: Node): Node | undefined {
  for (const [x, gate] of [node.inputs, node.inputs.toReversed()]) {
    const before = edit.producer(gate!);
    if (before?.op !== 'HardSigmoid' || before.inputs[0] !== x) continue;
    const { alpha, beta } = before.attrs as { alpha: number; beta: number };
    if (Math.abs(alpha - 1 / 6) < 1e-6 && Math.abs(beta - 0.5) < 1e-6)
      return { ...node, op: 'HardSwish', inputs: [x!], attrs: {} };
  }
  return undefined;
}
