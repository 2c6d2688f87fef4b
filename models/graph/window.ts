/** Geometry of windows that slide over an image: convolutions and pools. Axes are height, then width. */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { expected } from '../base/errors.js';
import type { Dimension } from './ir.js';

/** 'same' puts the odd pixel at the end (TensorFlow's SAME, ONNX's SAME_UPPER); else [top, left, bottom, right]. */
export type Pads = 'same' | 'valid' | readonly [top: number, left: number, bottom: number, right: number];
export type Pair = readonly [height: number, width: number];

const positive = z.int().min(1);
const natural = z.int().min(0);
export const pairSchema = z.tuple([positive, positive]).readonly();
export const padsSchema = z.union([
  z.enum(['same', 'valid']),
  z.tuple([natural, natural, natural, natural]).readonly(),
]);

export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations?: Pair;
}

/** Pixels that one window spans. */
function span(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** [before, after] along one axis (0 height, 1 width) of `size` pixels. */
export function padsAlong(window: Window, axis: 0 | 1, size: number): [before: number, after: number] {
  const { pads } = window;
  if (pads === 'valid') return [0, 0];
  if (pads !== 'same') return [pads[axis], pads[axis + 2] as number];
  const stride = window.strides[axis];
  const covered =
    (Math.ceil(size / stride) - 1) * stride + span(window.kernel[axis], window.dilations?.[axis] ?? 1);
  const total = Math.max(covered - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Windows along one axis. @throws invalid_graph where not one fits. */
export function windowsAlong(window: Window, axis: 0 | 1, size: Dimension): Dimension {
  if (size === null) return null;
  const stride = window.strides[axis];
  if (window.pads === 'same') return Math.ceil(size / stride);
  const [before, after] = padsAlong(window, axis, size);
  const reach = span(window.kernel[axis], window.dilations?.[axis] ?? 1);
  const count = Math.floor((size + before + after - reach) / stride) + 1;
  if (count < 1) {
    throw expected(
      'invalid_graph',
      `at least ${reach} pixels`,
      axis === 0 ? 'the height' : 'the width',
      size + before + after,
    );
  }
  return count;
}

/**
 * Brings any padding to one that every tfjs kernel knows: the image as it is with 'same' or 'valid', or the image
 * padded with `value` and 'valid'.
 */
export function applyPads(
  x: tf.Tensor4D,
  window: Window,
  value = 0,
): { x: tf.Tensor4D; pad: 'same' | 'valid' } {
  const { pads } = window;
  if (pads === 'same' || pads === 'valid') return { x, pad: pads };
  if (pads.every((p) => p === 0)) return { x, pad: 'valid' };
  const same: Window = { ...window, pads: 'same' };
  const [, height, width] = x.shape;
  const [top, bottom] = padsAlong(same, 0, height);
  const [left, right] = padsAlong(same, 1, width);
  if (top === pads[0] && left === pads[1] && bottom === pads[2] && right === pads[3])
    return { x, pad: 'same' };
  return { x: padImage(x, [pads[0], pads[2]], [pads[1], pads[3]], value), pad: 'valid' };
}

/** The image with its padding made explicit, whatever it is. */
export function padExplicitly(x: tf.Tensor4D, window: Window): tf.Tensor4D {
  const [, height, width] = x.shape;
  return padImage(x, padsAlong(window, 0, height), padsAlong(window, 1, width), 0);
}

function padImage(
  x: tf.Tensor4D,
  vertical: [number, number],
  horizontal: [number, number],
  value: number,
): tf.Tensor4D {
  if (vertical[0] + vertical[1] + horizontal[0] + horizontal[1] === 0) return x;
  return tf.pad(x, [[0, 0], vertical, horizontal, [0, 0]], value);
}
