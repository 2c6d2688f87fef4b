import type { Pair } from '../../../../models/graph/window.js';
import { booleanAttr, numbersAttr, positiveAxis } from '../../attributes.js';
import { padImage, type WindowGeometry } from './border.js';
import type { OperatorLowering } from './operator-lowering.js';

/** The least finite float32: as border it never wins. */
const LEAST = -3.4028234663852886e38;

function geometryOf(node: Parameters<OperatorLowering>[0]): WindowGeometry {
  return {
    kernel: numbersAttr(node, 'kernel') as Pair,
    strides: numbersAttr(node, 'strides') as Pair,
    pads: node.attrs.pads as WindowGeometry['pads'],
  };
}

export const lowerMaxPool: OperatorLowering = (node, lowering) => {
  const geometry = geometryOf(node);
  const { x, padding } = padImage(lowering, lowering.input(node), geometry, { value: LEAST });
  lowering.result(node, 'MaxPool', [x], { kernel: geometry.kernel, strides: geometry.strides, padding });
};

/** With explicit borders the mean counts them; so it is divided by the mean of ones with the same borders. */
export const lowerAveragePool: OperatorLowering = (node, lowering) => {
  const geometry = geometryOf(node);
  const { kernel, strides } = geometry;
  const image = lowering.input(node);
  const { x, padding } = padImage(lowering, image, geometry);
  if (x === image) {
    lowering.result(node, 'AvgPool', [x], { kernel, strides, padding });
    return;
  }
  const one = lowering.sizes(image, [1, { axis: 1 }, { axis: 2 }, 1]);
  const ones = lowering.emit('Fill', [one, lowering.scalar(1)], {}, [1, image.shape[1]!, image.shape[2]!, 1]);
  const { x: bordered } = padImage(lowering, ones, geometry);
  const [n, height, width, channels] = lowering.shape(node.outputs[0]!);
  const attrs = { kernel, strides, padding };
  const share = lowering.emit('AvgPool', [bordered], attrs, [1, height!, width!, 1]);
  const mean = lowering.emit('AvgPool', [x], attrs, [n!, height!, width!, channels!]);
  lowering.result(node, 'Div', [mean, share], {});
};

export const lowerGlobalAveragePool: OperatorLowering = (node, lowering) =>
  lowering.result(node, 'Mean', [lowering.input(node)], { axes: [1, 2], keepDims: true });

export function reduction(type: 'Mean' | 'Max'): OperatorLowering {
  return (node, lowering) => {
    const x = lowering.input(node);
    const axes = numbersAttr(node, 'axes').map((axis) => positiveAxis(axis, x.shape.length));
    const keepDims = booleanAttr(node, 'keepdims', true);
    lowering.result(node, type, [x], { axes: axes.sort((a, b) => a - b), keepDims });
  };
}
