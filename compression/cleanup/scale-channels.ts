/** Weights times a factor for each output channel, and biases, in the codes that they have. */
import { codeRange, codesOf, decodeCodes } from '../../models/graph/encoding.js';
import type { Node, Param } from '../../models/graph/ir.js';
import type { GraphEdit } from './graph-edit.js';
import { outputAxis, outputChannels } from './weight-axes.js';

/** Whether each output channel has weights, and scales, of its own. */
export function canScale(edit: GraphEdit, node: Node): boolean {
  const id = node.params.weight!;
  const { shape, encoding } = edit.params.get(id)!;
  if (edit.usersOf(id).length > 1) return false;
  const axis = outputAxis(node);
  if (encoding === undefined) return true;
  return encoding.kind === 'affine' && encoding.scaleShape.at(axis) === shape.at(axis);
}

/** Each output channel's weights times its factor; codes stay as they are, and their scales are multiplied. */
export function scaleWeight(edit: GraphEdit, node: Node, factors: Float64Array): void {
  const id = node.params.weight!;
  const weight = edit.params.get(id)!;
  const { encoding, shape } = weight;
  const channelOf = outputChannels(node, shape);
  if (encoding?.kind !== 'affine') {
    edit.params.set(id, { ...weight, data: weight.data.map((w, i) => w * factors[channelOf(i)]!) });
    return;
  }
  const scaleOf = outputChannels(node, encoding.scaleShape);
  const scaled = { ...encoding, scales: encoding.scales.map((s, i) => s * factors[scaleOf(i)]!) };
  edit.params.set(id, { ...weight, encoding: scaled, data: decodeCodes(codesOf(weight), shape, scaled) });
}

/**
 * The values in codes, where the param has them. A scale of its own follows the weights' scale, as integer arithmetic wants
 * it: the bias is added to products of codes.
 */
export function encodedAs(old: Param, data: Float32Array, factors: Float64Array | undefined): Param {
  const { encoding } = old;
  if (encoding?.kind !== 'affine') {
    const { encoding: _, ...plain } = old;
    return { ...plain, data };
  }
  const isOwn = encoding.scales.length === data.length;
  const scales = encoding.scales.map((s, c) => s * (isOwn ? (factors?.[c] ?? 1) : 1));
  const { zeroPoints } = encoding;
  const [least, most] = codeRange(encoding);
  const at = (c: number) => (scales.length === 1 ? 0 : c);
  const codes = Float64Array.from(data, (b, c) =>
    Math.min(most, Math.max(least, Math.round(b / scales[at(c)]!) + zeroPoints[at(c)]!)),
  );
  const scaled = { ...encoding, scales };
  return { ...old, encoding: scaled, data: decodeCodes(codes, old.shape, scaled) };
}
