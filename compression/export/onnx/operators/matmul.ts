import type { Node, ValueId } from '../../../../models/graph/ir.js';
import { CHANNELS_FIRST, identityPerm, type Perm, samePerm } from '../../../perm.js';
import { integerConstant } from '../integer-constant.js';
import type { Lowering } from '../lowering.js';
import type { OperatorExporter } from './operator-exporter.js';
import { exportRuntimeProduct } from './quantization.js';

/** x · W + b with a constant W, or the product of two values. */
export const exportMatMul: OperatorExporter = (node, lowering) => {
  if (node.inputs.length === 2) {
    const operands = node.inputs.map((id) => lowering.read(id));
    const rank = Math.max(...node.inputs.map((id) => lowering.rank(id)));
    lowering.result(node.outputs[0]!, 'MatMul', operands, {}, identityPerm(rank));
    return;
  }
  const input = node.inputs[0]!;
  const { perm } = lowering.stored(input);
  const biased = lowering.optionalParam(node, 'bias') !== undefined;
  if (!samePerm(perm, CHANNELS_FIRST)) exportAsMatMul(node, lowering, perm);
  else if (handsOutFloat(node, lowering)) exportAsFloatProduct(node, lowering);
  else exportAsPointwise(node, lowering, biased);
};

/**
 * Whether a layer over an image multiplies codes of 8 bits and hands out float. Runtimes have no such convolution, but
 * such a product of matrices (measured on the detector's heads: a fifth of the time of going back to float before them).
 */
export function handsOutFloat(node: Node, lowering: Lowering): boolean {
  if (!lowering.roundingOf(node.inputs[0]!)) return false;
  if (integerConstant(lowering.param(node, 'weight'))?.type !== 'int8') return false;
  const isRoundedLater = (id: ValueId): boolean =>
    lowering
      .usesOf(id)
      .nodes.some(
        ({ op, outputs }) => op === 'QuantizeDequantize' || (isRectifier(op) && isRoundedLater(outputs[0]!)),
      );
  return !isRoundedLater(node.outputs[0]!);
}

const isRectifier = (op: string) => op === 'Relu' || op === 'Clip';

/** On an image that is stored NCHW, the same thing is a 1×1 convolution, and needs no transpose. */
function exportAsPointwise(node: Node, lowering: Lowering, biased: boolean): void {
  const { shape } = lowering.param(node, 'weight');
  const kernel = lowering.weight(node, 'weight', [1, 0], [shape[1]!, shape[0]!, 1, 1]);
  const operands = [lowering.stored(node.inputs[0]!).name, kernel];
  if (biased) operands.push(lowering.weight(node, 'bias'));
  lowering.result(node.outputs[0]!, 'Conv', operands, { kernel_shape: [1, 1] }, CHANNELS_FIRST);
}

/** The product of codes over an image, see `handsOutFloat`; of a 1×1 convolution, too, whose weight is [1, 1, in, out]. */
export function exportAsFloatProduct(node: Node, lowering: Lowering): void {
  const matrix = lowering.param(node, 'weight').shape.slice(-2);
  const operands = [
    lowering.read(node.inputs[0]!, identityPerm(4)),
    lowering.weight(node, 'weight', undefined, matrix),
  ];
  const product = lowering.emit('MatMul', operands);
  const output = node.outputs[0]!;
  const toChannelsFirst = { perm: [...CHANNELS_FIRST] };
  if (!lowering.optionalParam(node, 'bias')) {
    lowering.result(output, 'Transpose', [product], toChannelsFirst, CHANNELS_FIRST);
    return;
  }
  const image = lowering.emit('Transpose', [product], toChannelsFirst);
  // Behind the transposition the bias is one number a plane: adding it to so few channels in the last place is slow.
  const bias = lowering.floatWeight(node, 'bias', undefined, [matrix[1]!, 1, 1]);
  lowering.result(output, 'Add', [image, bias], {}, CHANNELS_FIRST);
}

function exportAsMatMul(node: Node, lowering: Lowering, perm: Perm): void {
  const input = node.inputs[0]!;
  const biased = lowering.optionalParam(node, 'bias') !== undefined;
  const output = node.outputs[0]!;
  const rank = perm.length;
  // Only the last axis must be in its place.
  const order = perm[rank - 1] === rank - 1 ? perm : identityPerm(rank);
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
