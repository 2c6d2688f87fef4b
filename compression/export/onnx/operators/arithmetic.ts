import type { Shape, ValueId } from '../../../../models/graph/ir.js';
import { identityPerm, type Perm, samePerm } from '../../../perm.js';
import { numberAttr, positiveAxis } from '../../attributes.js';
import type { Lowering } from '../lowering.js';
import type { OperatorExporter } from './operator-exporter.js';

/** What a dynamic dimension counts for when the larger of two operands is wanted. */
const TYPICAL_DYNAMIC_SIZE = 64;

function elements(shape: Shape): number {
  return shape.reduce((product: number, d) => product * (d ?? TYPICAL_DYNAMIC_SIZE), 1);
}

/** The order in which the largest of the values of full rank is stored: transposing the others costs least. */
function commonPerm(ids: readonly ValueId[], rank: number, lowering: Lowering): Perm {
  let best: ValueId | undefined;
  for (const id of ids) {
    if (lowering.rank(id) !== rank) continue;
    if (best === undefined || elements(lowering.shape(id)) > elements(lowering.shape(best))) best = id;
  }
  return best === undefined ? identityPerm(rank) : lowering.stored(best).perm;
}

/** The value in an order of a higher rank, its missing leading axes added where the order demands it. */
function aligned(id: ValueId, perm: Perm, lowering: Lowering): string {
  const rank = lowering.rank(id);
  if (rank === perm.length) return lowering.read(id, perm);
  const name = lowering.read(id);
  const single = lowering.shape(id).every((d) => d === 1);
  if (single || samePerm(perm, identityPerm(perm.length))) return name;
  const full = lowering.emit('Unsqueeze', [name, lowering.int64(identityPerm(perm.length - rank))]);
  return lowering.emit('Transpose', [full], { perm });
}

/** Two operands that broadcast. */
export function binary(opType: string): OperatorExporter {
  return (node, lowering) => {
    const rank = Math.max(...node.inputs.map((id) => lowering.rank(id)));
    const perm = commonPerm(node.inputs, rank, lowering);
    const operands = node.inputs.map((id) => aligned(id, perm, lowering));
    lowering.result(node.outputs[0]!, opType, operands, {}, perm);
  };
}

export const exportConcat: OperatorExporter = (node, lowering) => {
  const rank = lowering.rank(node.inputs[0]!);
  const perm = commonPerm(node.inputs, rank, lowering);
  const axis = perm.indexOf(positiveAxis(numberAttr(node, 'axis', -1), rank));
  const operands = node.inputs.map((id) => lowering.read(id, perm));
  lowering.result(node.outputs[0]!, 'Concat', operands, { axis }, perm);
};
