import { sizeOf } from '../../../../models/graph/shapes.js';
import type { Pads, Pair } from '../../../../models/graph/window.js';
import { CHANNELS_LAST, identityPerm } from '../../../perm.js';
import { floats, SymbolicSize } from '../constant.js';
import { Unsupported } from '../errors.js';
import { axesIn, listOf } from './constants.js';
import type { OperatorImporter } from './operator-importer.js';
import { SpatialInput } from './window.js';

type Border = readonly [top: number, left: number, bottom: number, right: number];

const NONE: Border = [0, 0, 0, 0];

/** Windows. The graph's average leaves padding out; where the file counts it, it becomes a Pad of its own. */
export function pooling(op: 'MaxPool' | 'AveragePool'): OperatorImporter {
  return (node, raising) => {
    const x = new SpatialInput(node, raising);
    const kernel = x.kernel();
    const strides = x.pair('strides', 1);
    if (x.pair('dilations', 1).some((d) => d !== 1)) throw new Unsupported('with dilations');
    const countsPads = op === 'AveragePool' && node.int('count_include_pad', 0) === 1;
    let pads = x.pads(kernel, strides);
    let image = x.image;
    if (countsPads && pads !== 'valid') {
      const border = pads === 'same' ? sameBorder(x, kernel, strides) : pads;
      const [top, left, bottom, right] = border;
      image = raising.emit('Pad', [image], {
        pads: [0, top, left, 0, 0, bottom, right, 0],
        value: 0,
        mode: 'constant',
      });
      pads = 'valid';
    }
    // With auto_pad the count is what it says.
    const isCeiled = node.int('ceil_mode', 0) === 1 && x.autoPad() === 'NOTSET';
    const [, height, width] = raising.draft.sizes(image);
    const whole = isCeiled
      ? ceiled(pads === 'valid' ? NONE : (pads as Border), [height!, width!], kernel, strides)
      : pads;
    x.result(op, image, { kernel, strides, pads: whole });
  };
}

function sameBorder(x: SpatialInput, kernel: Pair, strides: Pair): Border {
  const [vertical, horizontal] = ([0, 1] as const).map((axis) =>
    x.sameTotal(axis, kernel[axis], strides[axis]),
  );
  if (vertical === undefined || horizontal === undefined)
    throw new Unsupported('with count_include_pad, auto_pad and a size known only at run time');
  const begin = [Math.floor(vertical / 2), Math.floor(horizontal / 2)] as const;
  return [begin[0], begin[1], vertical - begin[0], horizontal - begin[1]];
}

/**
 * A last window that the image fills only in part: padding at the end makes room for it. A window that would begin
 * beyond the image is none.
 */
function ceiled(border: Border, sizes: readonly unknown[], kernel: Pair, strides: Pair): Pads {
  const isUnknown = sizes.some((size) => typeof size !== 'number');
  // Two by two at an image of any size is what "same" does.
  if (isUnknown && border.every((n) => n === 0) && [...kernel, ...strides].every((n) => n === 2))
    return 'same';
  const ends = ([0, 1] as const).map((axis) => {
    const [size, begin, end] = [sizes[axis], border[axis], border[axis + 2] as number];
    const [k, stride] = [kernel[axis], strides[axis]];
    if (typeof size === 'number') {
      let windows = Math.ceil((size + begin + end - k) / stride) + 1;
      if ((windows - 1) * stride >= size + begin) windows--;
      const needed = (windows - 1) * stride + k - size - begin;
      return needed > end || needed + stride <= end ? Math.max(needed, 0) : end;
    }
    // floor((n + stride − 1) / stride) is ceil(n / stride).
    if (k < stride + end) throw new Unsupported('with ceil_mode and a size known only at run time');
    return end + stride - 1;
  });
  const pads: Border = [border[0], border[1], ends[0]!, ends[1]!];
  return pads.every((n) => n === 0) ? 'valid' : pads;
}

export function globalPool(op: 'GlobalAveragePool' | 'GlobalMaxPool'): OperatorImporter {
  return (node, raising) => {
    const input = node.need(0);
    const rank = raising.rank(input);
    if (op === 'GlobalAveragePool' && rank === 4) {
      raising.result(node.outputs[0]!, op, [raising.read(input, CHANNELS_LAST)], {}, CHANNELS_LAST);
      return;
    }
    const { id, perm } = raising.stored(input);
    const axes = perm.flatMap((axis, i) => (axis >= 2 ? [i] : []));
    if (axes.length === 0) throw new Unsupported(`of rank ${rank}`);
    const reduction = op === 'GlobalAveragePool' ? 'ReduceMean' : 'ReduceMax';
    raising.result(node.outputs[0]!, reduction, [id], { axes, keepdims: true }, perm);
  };
}

/** Any order will do; where axes vanish, the order of those that stay is remembered. */
export function reduction(op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum'): OperatorImporter {
  return (node, raising) => {
    const input = node.need(0);
    const output = node.outputs[0]!;
    const { id, perm } = raising.stored(input);
    const rank = perm.length;
    const given = listOf(node, raising, 1, 'axes');
    if (!given?.length && node.int('noop_with_empty_axes', 0) === 1) return raising.alias(input, output);
    const axes = axesIn(node, given?.length ? given : identityPerm(rank), rank);
    const keepdims = node.int('keepdims', 1) === 1;
    const stored = axes.map((axis) => perm.indexOf(axis)).sort((a, b) => a - b);
    const left = perm.filter((axis) => !axes.includes(axis));
    const outPerm = keepdims ? perm : left.map((axis) => axis - axes.filter((gone) => gone < axis).length);
    const attrs = { axes: stored, keepdims };
    if (op !== 'ReduceSum') return raising.result(output, op, [id], attrs, outPerm);
    const counts = axes.map((axis) => raising.sizes(input)[axis]!);
    if (counts.some((size) => size instanceof SymbolicSize))
      throw new Unsupported('over a size known only at run time');
    const count = raising.constantValue(floats(Float32Array.of(sizeOf(counts as number[])), []));
    raising.result(output, 'Mul', [raising.emit('ReduceMean', [id], attrs), count], {}, outPerm);
  };
}
