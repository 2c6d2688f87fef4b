/** What a layer sees and gives at single positions, whatever the layout of the values. */
import type { Node, Shape } from '../../../models/graph/ir.js';
import { type Pads, type Pair, padsAlong } from '../../../models/graph/window.js';
import type { FoundValue } from '../../run-feeds.js';

/** A convolution's weight is [kh, kw, cin / groups, cout], a dense layer's [in, out]. */
export interface PatchShape {
  readonly kernel: Pair;
  /** Input channels of one group. */
  readonly channels: number;
  readonly groups: number;
  readonly outputs: number;
}

export function patchShapeOf({ op, attrs }: Node, weight: Shape): PatchShape {
  if (op === 'MatMul') {
    const [channels, outputs] = weight as [number, number];
    return { kernel: [1, 1], channels, groups: 1, outputs };
  }
  const [kh, kw, channels, outputs] = weight as [number, number, number, number];
  return { kernel: [kh, kw], channels, groups: attrs.groups as number, outputs };
}

/** Of so many positions, `count` at the most, evenly spread. */
export function spread(total: number, count: number): number[] {
  const taken = Math.min(total, count);
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + 0.5) * total) / taken));
}

/** Positions of a value: all but its channels. */
export function positionsOf({ data, channels }: FoundValue): number {
  return data.length / channels;
}

/** All channels at one position, into `to` from `at` on. */
export function readChannels(value: FoundValue, position: number, to: Float32Array, at: number): void {
  const { data, channels, run } = value;
  const first =
    run === 1 ? position * channels : Math.floor(position / run) * run * channels + (position % run);
  for (let c = 0; c < channels; c++) to[at + c] = data[first + c * run]!;
}

/**
 * The window of `input` that a node's output at a position sees, in the order of its weight, into `to`: [kh, kw, channels].
 * @param output shape of the node's output. @param group of the input's channels
 */
export function readPatch(
  node: Node,
  patch: PatchShape,
  input: FoundValue,
  output: Shape,
  position: number,
  group: number,
  to: Float32Array,
): void {
  const { kernel, channels } = patch;
  if (node.op === 'MatMul') {
    readChannels(input, position, to, 0);
    return;
  }
  const [strides, dilations] = [node.attrs.strides, node.attrs.dilations] as unknown as [Pair, Pair];
  const window = { kernel, strides, dilations, pads: node.attrs.pads as Pads };
  const [, height, width] = input.shape as [number, number, number];
  const [rows, columns] = [output[1]!, output[2]!];
  const image = Math.floor(position / (rows * columns));
  const top =
    Math.floor((position % (rows * columns)) / columns) * strides[0] - padsAlong(window, 0, height)[0];
  const left = (position % columns) * strides[1] - padsAlong(window, 1, width)[0];
  const { data, run } = input;
  const step = run === 1 ? 1 : run;
  const pixel = run === 1 ? input.channels : 1;
  const base = image * height * width * input.channels + group * channels * step;
  let at = 0;
  for (let i = 0; i < kernel[0]; i++) {
    const y = top + i * dilations[0];
    for (let j = 0; j < kernel[1]; j++, at += channels) {
      const x = left + j * dilations[1];
      const isInside = y >= 0 && y < height && x >= 0 && x < width;
      const from = base + (y * width + x) * pixel;
      for (let c = 0; c < channels; c++) to[at + c] = isInside ? data[from + c * step]! : 0;
    }
  }
}
