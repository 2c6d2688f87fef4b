import type { OperatorLowering } from './operator-lowering.js';

/** x · W + b with a constant W, or the product of two values. */
export const lowerMatMul: OperatorLowering = (node, lowering) => {
  const inputs = node.inputs.map((id) => lowering.value(id));
  if (inputs.length === 2) lowering.result(node, 'BatchMatMul', inputs, {});
  else {
    const weight = lowering.weight(node, 'weight');
    const units = weight.shape[1] as number;
    const bias = lowering.has(node, 'bias')
      ? lowering.weight(node, 'bias')
      : lowering.floats(new Array<number>(units).fill(0));
    lowering.result(node, 'Dense', [...inputs, weight, bias], {});
  }
};
