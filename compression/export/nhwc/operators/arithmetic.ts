import { numberAttr, positiveAxis } from '../../attributes.js';
import type { OperatorLowering } from './operator-lowering.js';

/** Two operands that broadcast. */
export function binary(type: 'Add' | 'Sub' | 'Mul' | 'Div'): OperatorLowering {
  return (node, lowering) =>
    lowering.result(
      node,
      type,
      node.inputs.map((id) => lowering.value(id)),
      {},
    );
}

export const lowerConcat: OperatorLowering = (node, lowering) => {
  const inputs = node.inputs.map((id) => lowering.value(id));
  if (inputs.length === 1) lowering.bind(node.outputs[0]!, inputs[0]!);
  else {
    const axis = positiveAxis(numberAttr(node, 'axis'), inputs[0]!.shape.length);
    lowering.result(node, 'Concat', inputs, { axis });
  }
};
