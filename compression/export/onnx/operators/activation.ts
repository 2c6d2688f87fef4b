import type { Node } from '../../../../models/graph/ir.js';
import { numberAttr, positiveAxis } from '../../attributes.js';
import type { Lowering } from '../lowering.js';
import { type AttributeValue, Float } from '../tensor.js';
import type { OperatorExporter } from './operator-exporter.js';

/** An elementwise operator of one input keeps the order in which its input is stored. */
export function elementwise(
  opType: string,
  attributes: (node: Node, lowering: Lowering) => Record<string, AttributeValue> = () => ({}),
): OperatorExporter {
  return (node, lowering) => {
    const { name, perm } = lowering.stored(node.inputs[0]!);
    lowering.result(node.outputs[0]!, opType, [name], attributes(node, lowering), perm);
  };
}

export const exportHardSigmoid = elementwise('HardSigmoid', (node) => ({
  alpha: new Float(numberAttr(node, 'alpha', 0.2)),
  beta: new Float(numberAttr(node, 'beta', 0.5)),
}));

export const exportClip: OperatorExporter = (node, lowering) => {
  const { name, perm } = lowering.stored(node.inputs[0]!);
  const bound = (key: string) => {
    const value = node.attrs[key];
    return typeof value === 'number' && Number.isFinite(value) ? lowering.floats([value], []) : '';
  };
  lowering.result(node.outputs[0]!, 'Clip', [name, bound('min'), bound('max')], {}, perm);
};

/** Softmax and LogSoftmax: the axis moves with the order. */
export function alongAxis(opType: string): OperatorExporter {
  return (node, lowering) => {
    const { name, perm } = lowering.stored(node.inputs[0]!);
    const axis = perm.indexOf(positiveAxis(numberAttr(node, 'axis', -1), perm.length));
    lowering.result(node.outputs[0]!, opType, [name], { axis }, perm);
  };
}
