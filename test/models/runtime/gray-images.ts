/** Grey images to resample. */
import type { GrayImage } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';

export function noise(width: number, height: number, seed = 1): GrayImage {
  const random = new Random(seed, 'noise');
  return { width, height, data: Uint8Array.from({ length: width * height }, () => random.int(0, 255)) };
}

/** Smooth, so that interpolation error is small: a plane a·x + b·y + c sampled at pixel centres. */
export function plane(width: number, height: number, a: number, b: number, c: number): GrayImage {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = Math.round(a * (x + 0.5) + b * (y + 0.5) + c);
  }
  return { width, height, data };
}
