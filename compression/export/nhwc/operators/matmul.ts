import { expected } from '../../../../models/base/errors.js';
import type { Node } from '../../../../models/graph/ir.js';
import { sizeOf } from '../../../../models/graph/shapes.js';
import type { NhwcLowering } from '../lowering.js';
import type { Tensor } from '../program.js';
import type { OperatorLowering } from './operator-lowering.js';

/** x · W + b with a constant W, or the product of two values. */
export const lowerMatMul: OperatorLowering = (node, lowering) => {
  const inputs = node.inputs.map((id) => lowering.value(id));
  if (inputs.length === 2) {
    const operands = lowering.features.broadcastsProducts
      ? inputs
      : inputs.map((x) => broadcast(node, lowering, x));
    lowering.result(node, 'BatchMatMul', operands, {});
    return;
  }
  const weight = lowering.weight(node, 'weight');
  const units = weight.shape[1] as number;
  const bias = lowering.has(node, 'bias')
    ? lowering.weight(node, 'bias')
    : lowering.floats(new Array<number>(units).fill(0));
  lowering.result(node, 'Dense', [...inputs, weight, bias], {});
};

/** The operand with the product's leading axes; one matrix for all needs none. */
function broadcast(node: Node, lowering: NhwcLowering, x: Tensor): Tensor {
  const wanted = lowering.shape(node.outputs[0]!).slice(0, -2);
  const own = x.shape.slice(0, -2);
  const axes = [...new Array<number>(wanted.length - own.length).fill(1), ...own];
  if (axes.every((d) => d === 1) || axes.every((d, axis) => d === wanted[axis])) return x;
  if (wanted.includes(null))
    throw expected(
      'unsupported_operator',
      'known sizes where matrices are repeated',
      `MatMul "${node.id}" in ${lowering.features.name}`,
      'an unknown one',
      { remedy: 'Fix the input\'s shape with "inputShapes".' },
    );
  const leading = wanted as readonly number[];
  const ones = lowering.floats(new Array<number>(sizeOf(leading)).fill(1), [...leading, 1, 1]);
  return lowering.emit('Mul', [x, ones], {}, [...leading, ...x.shape.slice(-2)]);
}
