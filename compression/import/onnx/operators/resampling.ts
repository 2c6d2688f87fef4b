import { CHANNELS_LAST } from '../../../perm.js';
import { type Size, SymbolicSize } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import { shortest } from '../onnx-node.js';
import type { Raising } from '../raising.js';
import { axesIn, numbersInput, sizesInput } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';

/** Scales of the four axes of the file. */
type Scales = readonly number[];

export const importResize: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const sizes = raising.sizes(input);
  if (sizes.length !== 4) throw new Unsupported(`of rank ${sizes.length}`);
  const scales = scalesOf(node, raising, sizes);
  const output = node.outputs[0]!;
  if (scales.every((scale) => scale === 1)) return raising.alias(input, output);
  if (scales[0] !== 1 || scales[1] !== 1) throw new Unsupported('of batch or channels');
  if (node.int('antialias', 0) === 1) throw new Unsupported('with antialias');
  const own = node.string('mode', 'nearest');
  const mode = own === 'bilinear' ? 'linear' : own;
  if (mode !== 'nearest' && mode !== 'linear') throw new Unsupported(`with mode ${own}`);
  const spatial = scales.slice(2) as [number, number];
  if (mode === 'linear') checkLinear(node, raising, sizes, spatial);
  else checkNearest(node, raising, sizes, spatial);
  const value = raising.read(input, CHANNELS_LAST);
  raising.result(output, 'Resize', [value], { mode, scales: spatial }, CHANNELS_LAST);
};

/** By attribute (Upsample 7), or as input 1 (Upsample 9, Resize 10) or 2; else sizes, as input 3. */
function scalesOf(node: OnnxNode, raising: Raising, sizes: readonly Size[]): Scales {
  const early = node.op === 'Upsample' || raising.opset < 11;
  const axes = axesIn(node, node.ints('axes') ?? sizes.map((_, i) => i), 4);
  const spread = (list: readonly number[]): Scales => {
    if (list.length !== axes.length || !list.every((scale) => scale > 0 && Number.isFinite(scale)))
      throw corrupt(
        `Node "${node.name}" (${node.op}): Expected ${axes.length} scales but received [${list.slice(0, 8).join(', ')}].`,
      );
    return sizes.map((_, axis) => (axes.includes(axis) ? shortest(list[axes.indexOf(axis)]!) : 1));
  };
  const given = node.floats('scales') ?? numbersInput(node, raising, early ? 1 : 2, 'scales');
  if (given?.length) return spread(given);
  const target = sizesInput(node, raising, 3, 'sizes');
  if (!target?.length)
    throw corrupt(`Node "${node.name}" (${node.op}): Expected scales or sizes but received neither.`);
  if (node.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw new Unsupported('with keep_aspect_ratio_policy');
  if (target.length !== axes.length)
    throw corrupt(
      `Node "${node.name}" (${node.op}): Expected ${axes.length} sizes but received ${target.length}.`,
    );
  return sizes.map((size, axis) => {
    const at = axes.indexOf(axis);
    if (at < 0) return 1;
    // Batch and channels can't be scaled: a number there is what the exporter happened to feed.
    return axis < 2 && typeof size !== 'number' ? 1 : scaleTo(size, target[at]!);
  });
}

function scaleTo(from: Size, to: Size): number {
  if (from instanceof SymbolicSize && to instanceof SymbolicSize && from.symbol === to.symbol)
    return to.times / from.times;
  if (typeof from !== 'number' || typeof to !== 'number')
    throw new Unsupported('to a size known only at run time');
  let scale = to / from;
  // The graph rounds size · scale down: it must not fall short of the whole number, also in float32.
  for (let i = 0; i < 4 && Math.floor(from * Math.fround(scale)) < to; i++)
    scale += (2 ** i * 1e-7 * to) / from;
  return scale;
}

/** Half-pixel centres; PyTorch's differ only where one pixel comes out. */
function checkLinear(
  node: OnnxNode,
  raising: Raising,
  sizes: readonly Size[],
  scales: readonly [number, number],
): void {
  const transformation = transformationOf(node, raising);
  const isHalf =
    transformation === 'half_pixel' ||
    (transformation === 'half_pixel_symmetric' && isExact(sizes, scales)) ||
    (transformation === 'pytorch_half_pixel' &&
      scales.every((scale, i) => {
        const size = sizes[i + 2];
        return scale >= 1 || (typeof size === 'number' && Math.floor(size * scale) > 1);
      }));
  if (!isHalf) throw new Unsupported(`with mode linear and coordinates ${transformation}`);
  noteInexact(node, raising, sizes, scales);
}

/** Any rule that takes the pixels which floor(i / scale) would. */
function checkNearest(
  node: OnnxNode,
  raising: Raising,
  sizes: readonly Size[],
  scales: readonly [number, number],
): void {
  const transformation = transformationOf(node, raising);
  const early = node.op === 'Upsample' || raising.opset < 11;
  const rounding = node.string('nearest_mode', early ? 'floor' : 'round_prefer_floor');
  const agrees = scales.every((scale, i) => agreesAlong(sizes[i + 2]!, scale, transformation, rounding));
  if (!agrees)
    throw new Unsupported(`with mode nearest, coordinates ${transformation} and rounding ${rounding}`);
  if (!(transformation === 'asymmetric' && rounding === 'floor')) return;
  noteInexact(node, raising, sizes, scales);
}

function transformationOf(node: OnnxNode, raising: Raising): string {
  const early = node.op === 'Upsample' || raising.opset < 11;
  return node.string('coordinate_transformation_mode', early ? 'asymmetric' : 'half_pixel');
}

/** Pixels enough to see any pattern that a whole scale has. */
const SAMPLE = 4;
const MOST_COMPARED = 2 ** 16;

function agreesAlong(size: Size, scale: number, transformation: string, rounding: string): boolean {
  if (scale === 1 || (transformation === 'asymmetric' && rounding === 'floor')) return true;
  const isWhole = Number.isInteger(scale);
  if (typeof size !== 'number' && (!isWhole || transformation === 'align_corners')) return false;
  const from = typeof size === 'number' && (!isWhole || transformation === 'align_corners') ? size : SAMPLE;
  const to = Math.floor(from * scale);
  if (to > MOST_COMPARED) return false;
  for (let i = 0; i < to; i++) {
    const at = coordinate(i, from, to, scale, transformation);
    const source = Math.min(Math.max(rounded(at, rounding), 0), from - 1);
    if (source !== Math.min(Math.floor((i * from) / to), from - 1)) return false;
  }
  return true;
}

function coordinate(i: number, from: number, to: number, scale: number, transformation: string): number {
  if (transformation === 'asymmetric') return i / scale;
  if (transformation === 'align_corners') return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
  if (transformation === 'tf_half_pixel_for_nn') return (i + 0.5) / scale;
  if (transformation === 'half_pixel') return (i + 0.5) / scale - 0.5;
  if (transformation === 'pytorch_half_pixel') return to > 1 ? (i + 0.5) / scale - 0.5 : 0;
  return Number.NaN;
}

function rounded(at: number, rounding: string): number {
  if (rounding === 'floor') return Math.floor(at);
  if (rounding === 'ceil') return Math.ceil(at);
  if (rounding === 'round_prefer_floor') return Math.ceil(at - 0.5);
  if (rounding === 'round_prefer_ceil') return Math.floor(at + 0.5);
  return Number.NaN;
}

function isExact(sizes: readonly Size[], scales: readonly [number, number]): boolean {
  return scales.every((scale, i) => {
    const size = sizes[i + 2];
    if (typeof size !== 'number') return Number.isInteger(scale);
    return Math.abs(size * scale - Math.round(size * scale)) < 1e-4;
  });
}

function noteInexact(
  node: OnnxNode,
  raising: Raising,
  sizes: readonly Size[],
  scales: readonly [number, number],
): void {
  if (isExact(sizes, scales)) return;
  raising.notes.add(
    `${node.op} "${node.name}" scales by ${scales.join(' × ')}: where that gives no whole size, pixels may differ slightly.`,
  );
}

/** Depth as (row, column, channel) is the graph's order (DCR); (channel, row, column), CRD, is brought into it. */
export const importDepthToSpace: OperatorImporter = (node, raising) => {
  const value = raising.read(node.need(0), CHANNELS_LAST);
  const blocksize = node.int('blocksize', 0);
  const mode = node.string('mode', 'DCR');
  const depth = raising.draft.sizes(value)[3];
  if (blocksize < 1 || typeof depth !== 'number' || depth % blocksize ** 2 !== 0)
    throw corrupt(
      `Node "${node.name}" (DepthToSpace): Expected blocks that divide the channels but received ${blocksize}.`,
    );
  let ordered = value;
  if (mode === 'CRD' && blocksize > 1) {
    const cells = blocksize ** 2;
    const spread = raising.emit('Reshape', [value], { shape: [0, 0, 0, depth / cells, cells] });
    const turned = raising.emit('Transpose', [spread], { perm: [0, 1, 2, 4, 3] });
    ordered = raising.emit('Reshape', [turned], { shape: [0, 0, 0, depth] });
  } else if (mode !== 'DCR' && mode !== 'CRD') throw new Unsupported(`with mode ${mode}`);
  raising.result(node.outputs[0]!, 'DepthToSpace', [ordered], { blocksize }, CHANNELS_LAST);
};

/** Every so-manieth row and column, from each start, one behind the other in depth. */
export const importSpaceToDepth: OperatorImporter = (node, raising) => {
  const value = raising.read(node.need(0), CHANNELS_LAST);
  const step = node.int('blocksize', 0);
  const [, height, width] = raising.draft.sizes(value);
  const divides = (size: Size | undefined) => typeof size !== 'number' || size % step === 0;
  if (step < 1 || step > 8 || !divides(height) || !divides(width))
    throw new Unsupported(`with blocks of ${step}`);
  const parts = Array.from({ length: step * step }, (_, i) =>
    raising.emit('Slice', [value], {
      starts: [Math.floor(i / step), i % step],
      ends: [2 ** 31 - 1, 2 ** 31 - 1],
      axes: [1, 2],
      steps: [step, step],
    }),
  );
  raising.result(node.outputs[0]!, 'Concat', parts, { axis: 3 }, CHANNELS_LAST);
};
