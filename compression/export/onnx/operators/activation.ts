import type { Node } from '../../../../models/graph/ir.js';
import { numberAttr, positiveAxis, stringAttr } from '../../attributes.js';
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

/** An operator of its own from operator set 20 on; below it the arithmetic, as PyTorch writes it. */
export const exportGelu: OperatorExporter = (node, lowering) => {
  const { name: x, perm } = lowering.stored(node.inputs[0]!);
  const approximate = stringAttr(node, 'approximate', 'none');
  if (lowering.opset >= 20) {
    lowering.result(node.outputs[0]!, 'Gelu', [x], { approximate }, perm);
    return;
  }
  const scalar = (value: number) => lowering.floats([value], []);
  const times = (a: string, b: string | number) =>
    lowering.emit('Mul', [a, typeof b === 'number' ? scalar(b) : b]);
  let inner: string;
  if (approximate === 'tanh') {
    const cube = times(times(times(x, x), x), 0.044715);
    inner = lowering.emit('Tanh', [times(lowering.emit('Add', [x, cube]), Math.sqrt(2 / Math.PI))]);
  } else inner = lowering.emit('Erf', [lowering.emit('Div', [x, scalar(Math.SQRT2)])]);
  const product = times(x, lowering.emit('Add', [inner, scalar(1)]));
  lowering.result(node.outputs[0]!, 'Mul', [product, scalar(0.5)], {}, perm);
};

/** Softmax and LogSoftmax: the axis moves with the order. */
export function alongAxis(opType: string): OperatorExporter {
  return (node, lowering) => {
    const { name, perm } = lowering.stored(node.inputs[0]!);
    const axis = perm.indexOf(positiveAxis(numberAttr(node, 'axis', -1), perm.length));
    lowering.result(node.outputs[0]!, opType, [name], { axis }, perm);
  };
}
