import { CHANNELS_FIRST, identityPerm } from '../../../perm.js';
import { numberAttr } from '../../attributes.js';
import { Float } from '../tensor.js';
import type { OperatorExporter } from './operator-exporter.js';

/** Inference form: running mean and variance. Images use ONNX's operator; sequences, whose channels are last, `x·a + b`. */
export const exportBatchNormalization: OperatorExporter = (node, lowering) => {
  const input = node.inputs[0]!;
  const output = node.outputs[0]!;
  const epsilon = numberAttr(node, 'epsilon', 1e-5);
  const roles = ['scale', 'bias', 'mean', 'variance'] as const;
  if (lowering.rank(input) === 4) {
    const constants = roles.map((role) => lowering.weight(node, role));
    const operands = [lowering.read(input, CHANNELS_FIRST), ...constants];
    lowering.result(output, 'BatchNormalization', operands, { epsilon: new Float(epsilon) }, CHANNELS_FIRST);
    return;
  }
  const [scale, bias, mean, variance] = roles.map((role) => lowering.param(node, role).data);
  const factor = scale!.map((s, c) => s / Math.sqrt(variance![c]! + epsilon));
  const offset = bias!.map((b, c) => b - (mean![c]! * scale![c]!) / Math.sqrt(variance![c]! + epsilon));
  const { perm, name } = lowering.stored(input);
  // The channel is the graph's last axis; where it is not stored last, the constants get trailing axes of 1.
  const trailing = perm.length - 1 - perm.indexOf(perm.length - 1);
  const shape = [factor.length, ...new Array<number>(trailing).fill(1)];
  const constant = (role: string, data: Float32Array) =>
    lowering.derived(node.params.scale!, `${node.id}.${role}${trailing || ''}`, () => ({ data, shape }));
  const scaled = lowering.emit('Mul', [name, constant('factor', factor)]);
  lowering.result(output, 'Add', [scaled, constant('offset', offset)], {}, perm);
};

/** Over the last axis. */
export const exportLayerNormalization: OperatorExporter = (node, lowering) => {
  const input = node.inputs[0]!;
  const perm = lowering.stored(input).perm;
  // ONNX normalises trailing axes only, so the channels must be stored last; the order of the others is free.
  const order = perm[perm.length - 1] === perm.length - 1 ? perm : identityPerm(perm.length);
  const operands = [
    lowering.read(input, order),
    lowering.weight(node, 'scale'),
    lowering.weight(node, 'bias'),
  ];
  const attrs = { axis: -1, epsilon: new Float(numberAttr(node, 'epsilon', 1e-5)) };
  lowering.result(node.outputs[0]!, 'LayerNormalization', operands, attrs, order);
};
