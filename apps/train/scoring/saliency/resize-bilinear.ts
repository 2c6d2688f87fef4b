/** Resizes 8-bit maps to the bytes that Pillow's `Image.resize(size, BILINEAR)` gives, for figures that agree with its users'. */
import type { GrayImage } from '../../../../models/base/image.js';

/** For each target position the first source position, how many count, and their weights in units of 2^-BITS. */
interface Axis {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

const BITS = 22;

/** A triangle as wide as the step where the image shrinks; rows first, then columns, each rounded to 8 bits. */
export function resizeBilinear(image: GrayImage, width: number, height: number): GrayImage {
  const across = image.width === width ? image : resample(image, width, image.height, true);
  return image.height === height ? across : resample(across, width, height, false);
}

function resample(image: GrayImage, width: number, height: number, horizontal: boolean): GrayImage {
  const { data: source, width: stride } = image;
  const axis = horizontal ? makeAxis(image.width, width) : makeAxis(image.height, height);
  const { taps, first, count, weights } = axis;
  const step = horizontal ? 1 : stride;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const target = horizontal ? x : y;
      const start = horizontal ? y * stride + first[x]! : first[y]! * stride + x;
      // At most 255 * 2^22 and a rounding more: exact in a double, and within 31 bits.
      let sum = 1 << (BITS - 1);
      for (let k = 0; k < count[target]!; k++) sum += source[start + k * step]! * weights[target * taps + k]!;
      data[y * width + x] = Math.min(255, sum >> BITS);
    }
  }
  return { width, height, data };
}

function makeAxis(from: number, to: number): Axis {
  const step = from / to;
  const radius = Math.max(1, step);
  const taps = 2 * Math.ceil(radius) + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const exact = new Float64Array(taps);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - radius + 0.5));
    const end = Math.min(from, Math.trunc(centre + radius + 0.5));
    let sum = 0;
    for (let k = 0; k < end - start; k++) {
      const weight = Math.max(0, 1 - Math.abs((start + k - centre + 0.5) * (1 / radius)));
      exact[k] = weight;
      sum += weight;
    }
    for (let k = 0; k < end - start; k++)
      weights[target * taps + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << BITS));
    first[target] = start;
    count[target] = end - start;
  }
  return { taps, first, count, weights };
}
