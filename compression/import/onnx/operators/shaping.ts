import type { ValueId } from '../../../../models/graph/ir.js';
import { sizeOf } from '../../../../models/graph/shapes.js';
import { CHANNELS_LAST, identityPerm, type Perm, samePerm } from '../../../perm.js';
import { floats, type Size, sameSize } from '../constant.js';
import { corrupt, Unsupported } from '../errors.js';
import type { OnnxNode } from '../onnx-node.js';
import type { Raising } from '../raising.js';
import { constantOperand } from './arithmetic.js';
import { axesIn, axisIn, listOf, numberInput, numbersInput, sizesInput } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';
import { unchanged } from './reshape.js';

/** "To the end", as far as the graph goes. */
const FAR = 2 ** 31 - 1;

/** No node at all: the new order is remembered, and made where somebody needs it. */
export const importTranspose: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const rank = raising.rank(input);
  const order = node.ints('perm', identityPerm(rank).toReversed());
  if (order.length !== rank || !identityPerm(rank).every((axis) => order.includes(axis)))
    throw corrupt(
      `Node "${node.name}" (Transpose): Expected an order of ${rank} axes but received [${order.join(', ')}].`,
    );
  const { id, perm } = raising.stored(input);
  raising.bind(node.outputs[0]!, { id, perm: perm.map((axis) => order.indexOf(axis)) });
};

export const importSqueeze: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const sizes = raising.sizes(input);
  const single = sizes.flatMap((d, axis) => (d === 1 ? [axis] : []));
  const given = listOf(node, raising, 1, 'axes');
  squeeze(node, raising, node.outputs[0]!, given ? axesIn(node, given, sizes.length) : single);
};

function squeeze(
  node: OnnxNode,
  raising: Raising,
  output: string,
  axes: readonly number[],
  value?: ValueId,
): void {
  const { id, perm } = raising.stored(node.need(0));
  const from = value ?? id;
  const stored = axes.map((axis) => perm.indexOf(axis)).sort((a, b) => a - b);
  const outPerm = perm
    .filter((axis) => !axes.includes(axis))
    .map((axis) => axis - axes.filter((gone) => gone < axis).length);
  const target = raising.draft.sizes(from).filter((_, axis) => !stored.includes(axis));
  const same =
    stored.length === 0 || raising.draft.sizes(from).some((d, axis) => stored.includes(axis) && d !== 1)
      ? undefined
      : unchanged(raising, from, target);
  if (stored.length === 0) raising.bind(output, { id: from, perm: outPerm });
  else if (same !== undefined) raising.bind(output, { id: same, perm: outPerm });
  else raising.result(output, 'Squeeze', [from], { axes: stored }, outPerm);
}

export const importUnsqueeze: OperatorImporter = (node, raising) => {
  const output = node.outputs[0]!;
  const { id, perm } = raising.stored(node.need(0));
  const given = listOf(node, raising, 1, 'axes') ?? [];
  const rank = perm.length + given.length;
  const axes = axesIn(node, given, rank);
  const kept = identityPerm(rank).filter((axis) => !axes.includes(axis));
  const old = perm.map((axis) => kept[axis]!);
  // A new axis may lie anywhere: put it so that the result is NHWC or the file's own order if the old axes allow it.
  const fits = (candidate: Perm) =>
    samePerm(
      candidate.filter((axis) => !axes.includes(axis)),
      old,
    );
  const candidates = rank === 4 ? [CHANNELS_LAST, identityPerm(4)] : [identityPerm(rank)];
  const outPerm = candidates.find(fits) ?? [...axes, ...old];
  const stored = axes.map((axis) => outPerm.indexOf(axis)).sort((a, b) => a - b);
  if (stored.length === 0) return raising.bind(output, { id, perm: outPerm });
  const remaining = [...raising.draft.sizes(id)];
  const target = outPerm.map((_, axis): Size => (stored.includes(axis) ? 1 : remaining.shift()!));
  const same = unchanged(raising, id, target);
  if (same !== undefined) raising.bind(output, { id: same, perm: outPerm });
  else raising.result(output, 'Unsqueeze', [id], { axes: stored }, outPerm);
};

const limited = (n: number) => Math.min(Math.max(n, -FAR), FAR);

/** Inputs from operator set 10 on, attributes before. */
export const importSlice: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const sizes = raising.sizes(input);
  const { id, perm } = raising.stored(input);
  const starts = listOf(node, raising, 1, 'starts') ?? [];
  const givenEnds = sizesInput(node, raising, 2, 'ends') ?? node.ints('ends') ?? [];
  const axes = axesIn(node, listOf(node, raising, 3, 'axes') ?? starts.map((_, i) => i), sizes.length);
  const steps = numbersInput(node, raising, 4, 'steps') ?? starts.map(() => 1);
  const ends = givenEnds.map((end, i) => {
    if (typeof end === 'number') return limited(end);
    if (sameSize(end, sizes[axes[i]!])) return FAR;
    throw new Unsupported('with ends known only at run time');
  });
  if ([ends, axes, steps].some((list) => list.length !== starts.length))
    throw corrupt(`Node "${node.name}" (Slice): Expected starts, ends, axes and steps of one length.`);
  const isWhole = (i: number) => {
    const size = sizes[axes[i]!];
    return starts[i] === 0 && steps[i] === 1 && ends[i]! >= (typeof size === 'number' ? size : FAR);
  };
  const kept = starts.flatMap((_, i) => (isWhole(i) ? [] : [i]));
  if (kept.length === 0) return raising.alias(input, node.outputs[0]!);
  const attrs = {
    starts: kept.map((i) => limited(starts[i]!)),
    ends: kept.map((i) => ends[i]!),
    axes: kept.map((i) => perm.indexOf(axes[i]!)),
    steps: kept.map((i) => limited(steps[i]!)),
  };
  raising.result(node.outputs[0]!, 'Slice', [id], attrs, perm);
};

/** A part of the value, along the axis of the graph. */
const part = (axis: number, start: number, end: number) => ({
  starts: [start],
  ends: [end],
  axes: [axis],
  steps: [1],
});

/** A Slice an output. */
export const importSplit: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const sizes = raising.sizes(input);
  const axis = axisIn(node, node.int('axis', 0), sizes.length);
  const { id, perm } = raising.stored(input);
  const given = listOf(node, raising, 1, 'split');
  const count = node.outputs.length;
  const size = sizes[axis];
  if (!given && typeof size !== 'number') throw new Unsupported('of a size known only at run time');
  const chunk = Math.ceil(Number(size) / count);
  const parts = given ?? node.outputs.map((_, i) => Math.min(chunk, Number(size) - i * chunk));
  if (parts.length !== count)
    throw corrupt(`Node "${node.name}" (Split): Expected ${count} sizes but received ${parts.length}.`);
  let start = 0;
  node.outputs.forEach((output, i) => {
    const end = start + parts[i]!;
    if (output !== '') {
      const value = raising.emit(
        'Slice',
        [id],
        part(perm.indexOf(axis), start, end),
        {},
        raising.nameOf(output),
      );
      raising.bind(output, { id: value, perm });
    }
    start = end;
  });
};

/** Indices that are known: a range, a single one, or a few. */
export const importGather: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const sizes = raising.sizes(input);
  const axis = axisIn(node, node.int('axis', 0), sizes.length);
  const indices = raising.constant(node.need(1));
  const list = numbersInput(node, raising, 1, 'indices')!;
  const { id, perm } = raising.stored(input);
  const at = perm.indexOf(axis);
  const output = node.outputs[0]!;
  const end = (index: number) => (index === -1 ? FAR : index + 1);
  if (indices!.dims.length === 0) {
    const value = raising.emit('Slice', [id], part(at, list[0]!, end(list[0]!)));
    return squeeze(node, raising, output, [axis], value);
  }
  if (indices!.dims.length !== 1 || list.length === 0 || list.length > MOST_GATHERED)
    throw new Unsupported('with other than a few indices in a row');
  const isRange = list.every((index, i) => index === list[0]! + i) && (list[0]! >= 0 || list.at(-1)! < 0);
  if (isRange) return raising.result(output, 'Slice', [id], part(at, list[0]!, end(list.at(-1)!)), perm);
  const parts = list.map((index) => raising.emit('Slice', [id], part(at, index, end(index))));
  raising.result(output, 'Concat', parts, { axis: at }, perm);
};

const MOST_GATHERED = 64;

/** Amounts by attribute up to operator set 10, by input since; negative ones cut. */
export const importPad: OperatorImporter = (node, raising) => {
  const { id, perm } = raising.stored(node.need(0));
  const rank = perm.length;
  const mode = node.string('mode', 'constant');
  if (mode !== 'constant' && mode !== 'reflect' && mode !== 'edge')
    throw new Unsupported(`with mode ${mode}`);
  const list = listOf(node, raising, 1, 'pads') ?? node.ints('paddings') ?? [];
  const axes = axesIn(node, numbersInput(node, raising, 3, 'axes') ?? identityPerm(list.length / 2), rank);
  if (list.length !== axes.length * 2)
    throw corrupt(`Node "${node.name}" (Pad): Expected two pads an axis but received ${list.length}.`);
  const value = numberInput(node, raising, 2, 'a value') ?? node.float('value', 0);
  const amount = (axis: number, side: 0 | 1) => {
    const i = axes.indexOf(axis);
    return i < 0 ? 0 : list[i + side * axes.length]!;
  };
  const pads = [...perm.map((axis) => amount(axis, 0)), ...perm.map((axis) => amount(axis, 1))];
  const output = node.outputs[0]!;
  const cut = identityPerm(rank).filter((axis) => pads[axis]! < 0 || pads[axis + rank]! < 0);
  const attrs = { pads: pads.map((n) => Math.max(n, 0)), value, mode };
  if (cut.length === 0) return raising.result(output, 'Pad', [id], attrs, perm);
  const slice = {
    starts: cut.map((axis) => Math.max(-pads[axis]!, 0)),
    ends: cut.map((axis) => (pads[axis + rank]! < 0 ? pads[axis + rank]! : FAR)),
    axes: cut,
    steps: cut.map(() => 1),
  };
  raising.result(output, 'Pad', [raising.emit('Slice', [id], slice)], attrs, perm);
};

/** Broadcasting to a shape: adding zeros of it. */
export const importExpand: OperatorImporter = (node, raising) => {
  const input = node.need(0);
  const target = sizesInput(node, raising, 1, 'a shape') ?? [];
  const sizes = raising.sizes(input);
  const rank = Math.max(sizes.length, target.length);
  const own = [...new Array<Size>(rank - sizes.length).fill(1), ...sizes];
  const wanted = [...new Array<Size>(rank - target.length).fill(1), ...target];
  const grown = wanted.map((size, axis) => (size === 1 || sameSize(size, own[axis]) ? 1 : size));
  if (rank === sizes.length && grown.every((size) => size === 1))
    return raising.alias(input, node.outputs[0]!);
  if (
    !grown.every((size): size is number => typeof size === 'number') ||
    rank !== sizes.length ||
    sizeOf(grown as number[]) > MOST_EXPANDED
  )
    throw new Unsupported('to a shape known only at run time, of higher rank or very large');
  const { id, perm } = raising.stored(input);
  const zeros = floats(new Float32Array(sizeOf(grown)), grown);
  raising.result(node.outputs[0]!, 'Add', [id, constantOperand(zeros, perm, raising)], {}, perm);
};

const MOST_EXPANDED = 2 ** 20;
const MOST_REPEATS = 64;

/** Repeats, axis by axis. */
export const importTile: OperatorImporter = (node, raising) => {
  const repeats = numbersInput(node, raising, 1, 'repeats') ?? [];
  const { id, perm } = raising.stored(node.need(0));
  if (repeats.length !== perm.length || repeats.some((n) => n < 1 || n > MOST_REPEATS))
    throw new Unsupported(`with repeats other than 1 to ${MOST_REPEATS} an axis`);
  let value = id;
  repeats.forEach((count, axis) => {
    if (count > 1)
      value = raising.emit('Concat', new Array<ValueId>(count).fill(value), { axis: perm.indexOf(axis) });
  });
  raising.bind(node.outputs[0]!, { id: value, perm });
};
