import { numberAttr } from '../../attributes.js';
import type { OperatorLowering } from './operator-lowering.js';

/** Inference form over the last axis: x · factor + offset. */
export const lowerBatchNormalization: OperatorLowering = (node, lowering) => {
  const epsilon = numberAttr(node, 'epsilon');
  const [scale, bias, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map(
    (role) => lowering.param(node, role).data,
  );
  const factor = scale!.map((s, c) => s / Math.sqrt(variance![c]! + epsilon));
  const offset = bias!.map((b, c) => b - (mean![c]! * scale![c]!) / Math.sqrt(variance![c]! + epsilon));
  const x = lowering.input(node);
  const constants = [
    lowering.derived('factor', factor, [factor.length]),
    lowering.derived('offset', offset, [offset.length]),
  ];
  const scaled = lowering.emit('Mul', [x, constants[0]!], {}, x.shape);
  lowering.result(node, 'Add', [scaled, constants[1]!], {});
};

/** Over the last axis. */
export const lowerLayerNormalization: OperatorLowering = (node, lowering) => {
  const x = lowering.input(node);
  const one = [...x.shape.slice(0, -1), 1];
  const last = { axes: [x.shape.length - 1], keepDims: true };
  const mean = lowering.emit('Mean', [x], last, one);
  const variance = lowering.emit(
    'Mean',
    [lowering.emit('SquaredDifference', [x, mean], {}, x.shape)],
    last,
    one,
  );
  const moved = lowering.emit('Add', [variance, lowering.scalar(numberAttr(node, 'epsilon'))], {}, one);
  const factor = lowering.emit('Rsqrt', [moved], {}, one);
  const normal = lowering.emit('Mul', [lowering.emit('Sub', [x, mean], {}, x.shape), factor], {}, x.shape);
  const scaled = lowering.emit('Mul', [normal, lowering.weight(node, 'scale')], {}, x.shape);
  lowering.result(node, 'Add', [scaled, lowering.weight(node, 'bias')], {});
};
