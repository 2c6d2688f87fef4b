/** Weighted F-measure (Margolin, Zelnik-Manor and Tal 2014), β² = 1. */
import type { GrayImage } from '../../../../models/base/image.js';
import type { BinaryMask } from './binary-mask.js';
import { nearestForeground } from './nearest-foreground.js';

/** Errors within the foreground are shared among neighbours by a Gaussian of this spread and radius, in pixels. */
const SIGMA = 5;
const RADIUS = 3;
const KERNEL = gaussian();
/** An error in the background weighs 1 at the outline, and towards 2 with the distance: half of the way after so many pixels. */
const HALF_WEIGHT_PIXELS = 5;

/** In [0, 1]; 0 for a mask without foreground. */
export function weightedF(map: GrayImage, mask: BinaryMask): number {
  const { data: bits, foreground } = mask;
  if (foreground === 0) return 0;
  const { index, squared } = nearestForeground(mask);
  const errors = new Float64Array(bits.length);
  for (let i = 0; i < bits.length; i++) errors[i] = Math.abs(map.data[i]! / 255 - bits[i]!);
  // Around the foreground each pixel continues the error at the nearest point of the outline.
  const continued = new Float64Array(bits.length);
  for (let i = 0; i < bits.length; i++) continued[i] = errors[index[i]!]!;
  const smooth = blur(continued, mask);
  const decay = Math.log(0.5) / HALF_WEIGHT_PIXELS;
  let [inside, outside] = [0, 0];
  for (let i = 0; i < bits.length; i++) {
    if (bits[i]) inside += Math.min(errors[i]!, smooth[i]!);
    else if (errors[i]! > 0) outside += errors[i]! * (2 - Math.exp(decay * Math.sqrt(squared[i]!)));
  }
  const hits = foreground - inside;
  const recall = 1 - inside / foreground;
  const precision = hits / (hits + outside + Number.EPSILON);
  return (2 * recall * precision) / (recall + precision + Number.EPSILON);
}

/** The Gaussian's square separates into rows and columns; beyond the border there is no error. */
function blur(values: Float64Array, { width, height, data: bits }: BinaryMask): Float64Array {
  const across = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      let sum = 0;
      for (let k = Math.max(-RADIUS, -x); k <= RADIUS && x + k < width; k++)
        sum += KERNEL[k + RADIUS]! * values[i + k]!;
      across[i] = sum;
    }
  }
  const result = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (!bits[i]) continue;
      let sum = 0;
      for (let k = Math.max(-RADIUS, -y); k <= RADIUS && y + k < height; k++)
        sum += KERNEL[k + RADIUS]! * across[i + k * width]!;
      result[i] = sum;
    }
  }
  return result;
}

function gaussian(): Float64Array {
  const weights = Float64Array.from({ length: 2 * RADIUS + 1 }, (_, i) =>
    Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA * SIGMA)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
