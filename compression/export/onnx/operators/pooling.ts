import { CHANNELS_FIRST } from '../../../perm.js';
import { booleanAttr, numbersAttr, positiveAxis } from '../../attributes.js';
import { paddingAttributes } from '../padding.js';
import type { AttributeValue } from '../tensor.js';
import type { OperatorExporter } from './operator-exporter.js';

/** Windows; the average leaves padding out of its count. */
export function pooling(opType: 'MaxPool' | 'AveragePool'): OperatorExporter {
  return (node, lowering) => {
    const input = node.inputs[0]!;
    const [, height, width] = lowering.shape(input);
    const kernel = numbersAttr(node, 'kernel');
    const strides = numbersAttr(node, 'strides', kernel);
    const attrs: Record<string, AttributeValue> = {
      kernel_shape: kernel,
      strides,
      ...paddingAttributes(node, [height!, width!], kernel, strides),
    };
    if (opType === 'AveragePool') attrs.count_include_pad = 0;
    lowering.result(node.outputs[0]!, opType, [lowering.read(input, CHANNELS_FIRST)], attrs, CHANNELS_FIRST);
  };
}

export const exportGlobalAveragePool: OperatorExporter = (node, lowering) => {
  const operand = lowering.read(node.inputs[0]!, CHANNELS_FIRST);
  lowering.result(node.outputs[0]!, 'GlobalAveragePool', [operand], {}, CHANNELS_FIRST);
};

/** ReduceMean, ReduceMax: any order will do; where axes vanish, the order of those that stay is remembered. */
export function reduction(opType: string): OperatorExporter {
  return (node, lowering) => {
    const { name, perm } = lowering.stored(node.inputs[0]!);
    const rank = perm.length;
    const all = Array.from({ length: rank }, (_, i) => i);
    const axes = (node.attrs.axes == null ? all : numbersAttr(node, 'axes')).map((a) =>
      positiveAxis(a, rank),
    );
    const keep = booleanAttr(node, 'keepdims', true);
    const stored = axes.map((axis) => perm.indexOf(axis)).sort((a, b) => a - b);
    const left = perm.filter((axis) => !axes.includes(axis));
    const renumbered = left.map((axis) => axis - axes.filter((gone) => gone < axis).length);
    const outPerm = keep ? perm : renumbered;
    const keepdims = keep ? 1 : 0;
    // Operator set 18 made the axes an input.
    if (lowering.opset >= 18) {
      lowering.result(node.outputs[0]!, opType, [name, lowering.int64(stored)], { keepdims }, outPerm);
    } else {
      lowering.result(node.outputs[0]!, opType, [name], { axes: stored, keepdims }, outPerm);
    }
  };
}
