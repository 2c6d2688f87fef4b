import type { Node } from '../../../../models/graph/ir.js';
import { CHANNELS_FIRST, identity, type Lowering, type Perm, samePerm } from '../lowering.js';
import type { OperatorExporter } from './operator-exporter.js';
import { exportRuntimeProduct } from './quantization.js';

/** x · W + b with a constant W, or the product of two values. */
export const exportMatMul: OperatorExporter = (node, lowering) => {
  if (node.inputs.length === 2) {
    const operands = node.inputs.map((id) => lowering.read(id));
    const rank = Math.max(...node.inputs.map((id) => lowering.rank(id)));
    lowering.result(node.outputs[0]!, 'MatMul', operands, {}, identity(rank));
    return;
  }
  const input = node.inputs[0]!;
  const { perm } = lowering.stored(input);
  const biased = lowering.optionalParam(node, 'bias') !== undefined;
  if (samePerm(perm, CHANNELS_FIRST)) exportAsPointwise(node, lowering, biased);
  else exportAsMatMul(node, lowering, biased, perm);
};

/** On an image that is stored NCHW, the same thing is a 1×1 convolution, and needs no transpose. */
function exportAsPointwise(node: Node, lowering: Lowering, biased: boolean): void {
  const { shape } = lowering.param(node, 'weight');
  const kernel = lowering.weight(node, 'weight', [1, 0], [shape[1]!, shape[0]!, 1, 1]);
  const operands = [lowering.stored(node.inputs[0]!).name, kernel];
  if (biased) operands.push(lowering.weight(node, 'bias'));
  lowering.result(node.outputs[0]!, 'Conv', operands, { kernel_shape: [1, 1] }, CHANNELS_FIRST);
}

function exportAsMatMul(node: Node, lowering: Lowering, biased: boolean, perm: Perm): void {
  const input = node.inputs[0]!;
  const output = node.outputs[0]!;
  const rank = perm.length;
  // Only the last axis must be in its place.
  const order = perm[rank - 1] === rank - 1 ? perm : identity(rank);
  if (exportRuntimeProduct(node, lowering, order)) return;
  const operands = [lowering.read(input, order), lowering.weight(node, 'weight')];
  if (!biased) lowering.result(output, 'MatMul', operands, {}, order);
  else if (rank === 2)
    lowering.result(output, 'Gemm', [...operands, lowering.weight(node, 'bias')], {}, order);
  else {
    const product = lowering.emit('MatMul', operands);
    // Added in float: a product of matrices has no place for a bias.
    lowering.result(output, 'Add', [product, lowering.floatWeight(node, 'bias')], {}, order);
  }
}
