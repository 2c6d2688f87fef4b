/** Constant arithmetic that a neighbour can take in. */
import type { Node, Param } from '../../models/graph/ir.js';
import type { GraphEdit } from './graph-edit.js';
import { inputChannels } from './weight-axes.js';

const NEGLIGIBLE = 1e-7;

/** Folds one node. @returns what was done, undefined where there is none */
export function foldOneConstant(edit: GraphEdit): { node: string; figure: string } | undefined {
  for (const node of edit.nodes) {
    const output = node.outputs[0]!;
    const next = edit.onlyConsumer(output);
    if (node.op === 'Pad') {
      const merged = next && withPads(node, next);
      if (!merged) continue;
      edit.replace(merged);
      if (edit.bypass(node, node.inputs[0]!)) return { node: node.id, figure: `into the pads of ${next.id}` };
      continue;
    }
    if (node.op !== 'BatchNormalization') continue;
    const { factor, shift } = affineOf(edit, node);
    const isOne =
      factor.every((f) => Math.abs(f - 1) < NEGLIGIBLE) && shift.every((s) => Math.abs(s) < NEGLIGIBLE);
    if (isOne && edit.bypass(node, node.inputs[0]!)) return { node: node.id, figure: 'it multiplied by one' };
    if (!next) continue;
    if (next.op === 'BatchNormalization') {
      joinNormalizations(edit, { factor, shift }, next);
      if (edit.bypass(node, node.inputs[0]!)) return { node: node.id, figure: `into ${next.id}` };
    } else if (enterWeights(edit, { factor, shift }, next)) {
      edit.bypass(node, node.inputs[0]!);
      return { node: node.id, figure: `into the weights of ${next.id}` };
    }
  }
  return undefined;
}

/** x · factor + shift, channel by channel, in doubles. */
interface Affine {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
}

function affineOf(edit: GraphEdit, node: Node): Affine {
  const [scale, bias, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map(
    (role) => edit.params.get(node.params[role]!)!.data,
  );
  const factor = Float64Array.from(
    scale!,
    (s, c) => s / Math.sqrt(variance![c]! + (node.attrs.epsilon as number)),
  );
  return { factor, shift: Float64Array.from(factor, (f, c) => bias![c]! - mean![c]! * f) };
}

/** The second normalisation does the work of both, with params of its own. */
function joinNormalizations(edit: GraphEdit, first: Affine, second: Node): void {
  const { factor, shift } = affineOf(edit, second);
  const epsilon = second.attrs.epsilon as number;
  const values: Record<string, (c: number) => number> = {
    scale: (c) => factor[c]! * first.factor[c]!,
    bias: (c) => factor[c]! * first.shift[c]! + shift[c]!,
    mean: () => 0,
    variance: () => 1 - epsilon,
  };
  const params: Record<string, string> = {};
  for (const [role, value] of Object.entries(values)) {
    const old = edit.params.get(second.params[role]!)!;
    const id = edit.freshParam(`${second.id}/joined/${role}`);
    edit.params.set(id, { ...old, data: Float32Array.from(old.data, (_, c) => value(c)) });
    params[role] = id;
  }
  edit.replace({ ...second, params });
}

function enterWeights(edit: GraphEdit, { factor, shift }: Affine, next: Node): boolean {
  const id = next.params.weight;
  if (id === undefined || (next.op !== 'Conv' && next.op !== 'MatMul')) return false;
  const old = edit.params.get(id)!;
  const oldBias = edit.params.get(next.params.bias ?? '');
  if (edit.usersOf(id).length > 1 || old.encoding || oldBias?.encoding) return false;
  const hasShift = shift.some((s) => s !== 0);
  if (hasShift && next.op === 'Conv' && !isUnpadded(next, old)) return false;
  const channel = inputChannels(next, old.shape);
  const outputs = old.shape.at(-1)!;
  const sums = new Float64Array(outputs);
  const data = old.data.map((w, i) => {
    sums[i % outputs]! += w * shift[channel(i)]!;
    return w * factor[channel(i)]!;
  });
  edit.params.set(id, { ...old, data });
  if (!hasShift) return true;
  const bias = edit.freshParam(`${next.id}/folded/bias`);
  edit.params.set(bias, {
    shape: [outputs],
    data: Float32Array.from(sums, (sum, c) => sum + (oldBias?.data[c] ?? 0)),
    trainable: oldBias?.trainable ?? old.trainable,
  });
  edit.replace({ ...next, params: { ...next.params, bias } });
  return true;
}

function isUnpadded({ attrs: { pads } }: Node, { shape }: Param): boolean {
  if (pads === 'valid' || (shape[0] === 1 && shape[1] === 1 && pads === 'same')) return true;
  return Array.isArray(pads) && pads.every((n) => n === 0);
}

/** The convolution with the zeros around its input as pads; undefined where they can't be. */
function withPads(node: Node, next: Node): Node | undefined {
  const { pads, value, mode } = node.attrs as { pads: readonly number[]; value: number; mode: string };
  const isImage = pads.length === 8 && [0, 3, 4, 7].every((i) => pads[i] === 0);
  if (next.op !== 'Conv' || mode !== 'constant' || value !== 0 || !isImage) return undefined;
  const own = next.attrs.pads === 'valid' ? [0, 0, 0, 0] : next.attrs.pads;
  if (!Array.isArray(own)) return undefined;
  const around = [pads[1]!, pads[2]!, pads[5]!, pads[6]!];
  return { ...next, attrs: { ...next.attrs, pads: around.map((n, i) => n + (own[i] as number)) } };
}
