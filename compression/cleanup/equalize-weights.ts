import { z } from 'zod';
import type { Node, Param } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass } from '../pass.js';
import { GraphEdit } from './graph-edit.js';
import { inputChannels, inputCount, outputChannels, outputCount, WEIGHTED } from './weight-axes.js';

/** Operators f with f(s · x) = s · f(x) for s > 0, channel by channel, channels last. */
const SCALABLE = new Set([
  'Relu',
  'Identity',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Resize',
  'Squeeze',
  'Pad',
]);

interface Pair {
  readonly first: Node;
  readonly second: Node;
}

/**
 * Cross-layer equalization (Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction"):
 * between two layers with only a ReLU, poolings or a resize between them, each channel is divided by s in the first and
 * multiplied by s in the second, s = √(r₁ / r₂), so that its largest weight is the same in both; repeated over chains, e.g.
 * through a depthwise convolution, until nothing moves. The function stays up to rounding; weights rounded per tensor lose
 * much less, per channel a little less. Option `iterations`: at most so many rounds, default 20. Milliseconds, no data.
 * Fold batch normalisation first.
 */
export const equalizeWeights = definePass(
  'equalize-weights',
  'Makes the weights of neighbouring layers equally large, channel by channel.',
  z.strictObject({ iterations: z.int().min(1).max(1000).default(20) }),
  (graph, { iterations }) => {
    const edit = new GraphEdit(validate(graph));
    const skipped: { node: string; reason: string }[] = [];
    const pairs = findPairs(edit, skipped);
    const before = new Map(pairs.map((pair) => [pair, spreadOf(edit, pair.first)]));
    for (let round = 0; round < iterations; round++) {
      const moved = Math.max(0, ...pairs.map((pair) => equalize(edit, pair)));
      if (moved < 1e-4) break;
    }
    const layers = pairs.map((pair) => ({
      node: pair.first.id,
      figures: {
        into: pair.second.id,
        spreadBefore: Number(before.get(pair)!.toPrecision(4)),
        spreadAfter: Number(spreadOf(edit, pair.first).toPrecision(4)),
      },
    }));
    return {
      graph: edit.finish(),
      report: { summary: `Equalized ${pairs.length} pairs of layers.`, layers, skipped },
    };
  },
);

function findPairs(edit: GraphEdit, skipped: { node: string; reason: string }[]): Pair[] {
  const weight = (node: Node) => edit.params.get(node.params.weight ?? '');
  return edit.nodes.flatMap((first) => {
    if (!WEIGHTED.has(first.op) || !weight(first)) return [];
    const skip = (reason: string) => {
      skipped.push({ node: first.id, reason });
      return [];
    };
    let second = edit.onlyConsumer(first.outputs[0]!);
    while (second && passes(second)) second = edit.onlyConsumer(second.outputs[0]!);
    if (!second) return skip('its output is used more than once, or is one of the graph');
    if (!WEIGHTED.has(second.op) || !weight(second)) return skip(`${second.op} "${second.id}" follows`);
    for (const node of [first, second]) {
      const params = Object.values(node.params);
      if (params.some((id) => edit.usersOf(id).length > 1)) return skip(`"${node.id}" shares its weights`);
      if (params.some((id) => edit.params.get(id)!.encoding))
        return skip(`"${node.id}" is quantized already`);
    }
    const sizes = [outputCount(first, weight(first)!.shape), inputCount(second, weight(second)!.shape)];
    if (sizes[0] !== sizes[1]) return skip('its channels are not those of the next layer');
    return [{ first, second }];
  });
}

function passes({ op, attrs }: Node): boolean {
  if (!SCALABLE.has(op)) return false;
  return op !== 'Pad' || attrs.mode !== 'constant' || attrs.value === 0;
}

/** Largest |weight| of every channel. */
function ranges({ data }: Param, count: number, channel: (i: number) => number): Float64Array {
  const largest = new Float64Array(count);
  data.forEach((w, i) => {
    const c = channel(i);
    largest[c] = Math.max(largest[c]!, Math.abs(w));
  });
  return largest;
}

/** @returns the largest |log s| */
function equalize(edit: GraphEdit, { first, second }: Pair): number {
  const [idOne, idTwo] = [first.params.weight!, second.params.weight!];
  const [one, two] = [edit.params.get(idOne)!, edit.params.get(idTwo)!];
  const count = outputCount(first, one.shape);
  const [from, to] = [outputChannels(first, one.shape), inputChannels(second, two.shape)];
  const [r1, r2] = [ranges(one, count, from), ranges(two, count, to)];
  // A channel without weights on one side has nothing to share.
  const s = Float64Array.from(r1, (r, c) => (r > 0 && r2[c]! > 0 ? Math.sqrt(r / r2[c]!) : 1));
  edit.params.set(idOne, { ...one, data: one.data.map((w, i) => w / s[from(i)]!) });
  edit.params.set(idTwo, { ...two, data: two.data.map((w, i) => w * s[to(i)]!) });
  const bias = edit.params.get(first.params.bias ?? '');
  if (bias) edit.params.set(first.params.bias!, { ...bias, data: bias.data.map((b, c) => b / s[c]!) });
  return s.reduce((most, factor) => Math.max(most, Math.abs(Math.log(factor))), 0);
}

/** Largest over median of the channels' largest weights: what a scale for all of them costs the median one. */
function spreadOf(edit: GraphEdit, node: Node): number {
  const weight = edit.params.get(node.params.weight!)!;
  const all = ranges(weight, outputCount(node, weight.shape), outputChannels(node, weight.shape));
  const sorted = [...all].filter((r) => r > 0).sort((a, b) => a - b);
  return sorted.length === 0 ? 1 : sorted.at(-1)! / sorted[Math.floor(sorted.length / 2)]!;
}
