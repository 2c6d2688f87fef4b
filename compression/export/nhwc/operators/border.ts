/** Borders of windows, brought to TensorFlow's SAME and VALID. */
import { expected } from '../../../../models/base/errors.js';
import type { Dimension } from '../../../../models/graph/ir.js';
import type { Pads, Pair } from '../../../../models/graph/window.js';
import { samePadding } from '../../same-padding.js';
import type { NhwcLowering } from '../lowering.js';
import type { Padding, Tensor } from '../program.js';

export interface WindowGeometry {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations?: Pair;
}

export function paddingOf(pads: Pads | string): Padding | undefined {
  return pads === 'same' ? 'SAME' : pads === 'valid' ? 'VALID' : undefined;
}

/**
 * The image with what the operation's padding cannot say added to it.
 * @param options `value` of the border, 0 by default; `explicit`: no SAME, the border is part of the image
 * @throws unsupported_operator where an explicit border depends on a size that is not known
 */
export function padImage(
  lowering: NhwcLowering,
  x: Tensor,
  geometry: WindowGeometry,
  { value = 0, explicit = false }: { readonly value?: number; readonly explicit?: boolean } = {},
): { x: Tensor; padding: Padding } {
  const { pads } = geometry;
  const padding = paddingOf(pads);
  if (padding === 'VALID' || (padding && !explicit)) return { x, padding };
  const [vertical, horizontal] = ([0, 1] as const).map((axis) =>
    amounts(lowering, geometry, axis, x.shape[axis + 1]!),
  );
  if ([...vertical!, ...horizontal!].every((n) => n === 0)) return { x, padding: 'VALID' };
  const grown = (size: Dimension, [before, after]: readonly [number, number]): Dimension =>
    size === null ? null : size + before + after;
  const shape = [x.shape[0]!, grown(x.shape[1]!, vertical!), grown(x.shape[2]!, horizontal!), x.shape[3]!];
  const paddings = lowering.ints([0, 0, ...vertical!, ...horizontal!, 0, 0], [4, 2]);
  return { x: lowering.emit('Pad', [x, paddings], { value }, shape), padding: 'VALID' };
}

function amounts(
  lowering: NhwcLowering,
  { pads, kernel, strides, dilations = [1, 1] }: WindowGeometry,
  axis: 0 | 1,
  size: Dimension,
): readonly [number, number] {
  if (Array.isArray(pads)) return [pads[axis] as number, pads[axis + 2] as number];
  const found = samePadding(size, (kernel[axis] - 1) * dilations[axis] + 1, strides[axis]);
  if (found) return found;
  throw expected(
    'unsupported_operator',
    'a known size',
    `a depthwise convolution with unequal strides in ${lowering.features.name}`,
    'an unknown one',
    { remedy: 'Fix the input\'s shape with "inputShapes".' },
  );
}
