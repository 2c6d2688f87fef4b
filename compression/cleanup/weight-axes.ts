/** Which channel an element of a weight belongs to. */
import type { Node } from '../../models/graph/ir.js';

/** Operators with one weight, whose outputs have the channels last. */
export const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'MatMul']);

type ChannelOf = (element: number) => number;

/** The input channel that an element of the node's weight is multiplied with; groups accounted for. */
export function inputChannels(node: Node, shape: readonly number[]): ChannelOf {
  if (node.op === 'MatMul') return (i) => Math.floor(i / shape[1]!);
  if (node.op === 'ConvTranspose') return (i) => i % shape[3]!;
  const [, , perGroup, cout] = shape as [number, number, number, number];
  const outputsPerGroup = cout / (node.attrs.groups as number);
  return (i) => Math.floor((i % cout) / outputsPerGroup) * perGroup + (Math.floor(i / cout) % perGroup);
}

/** The output channel that an element adds to. */
export function outputChannels(node: Node, shape: readonly number[]): ChannelOf {
  if (node.op === 'ConvTranspose') return (i) => Math.floor(i / shape[3]!) % shape[2]!;
  return (i) => i % shape.at(-1)!;
}

/** Axis of the output channels in the node's weight, from the last: −1, or −2. */
export function outputAxis({ op }: Node): number {
  return op === 'ConvTranspose' ? -2 : -1;
}

/** Number of input channels of the node. */
export function inputCount(node: Node, shape: readonly number[]): number {
  if (node.op === 'MatMul') return shape[0]!;
  return node.op === 'ConvTranspose' ? shape[3]! : shape[2]! * (node.attrs.groups as number);
}

/** Number of output channels of the node. */
export function outputCount(node: Node, shape: readonly number[]): number {
  return node.op === 'ConvTranspose' ? shape[2]! : shape.at(-1)!;
}
