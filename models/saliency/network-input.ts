/** A picture → the network's input: squashed to a square, whatever its shape. */
import type { ColourImage, GrayImage } from '../base/image.js';
import { resizeGray } from '../runtime/resample.js';

export interface NetworkInput {
  /** [3, side, side]: RGB value / 127.5 − 1. */
  readonly data: Float32Array;
  /** The same as pixels. */
  readonly pixels: ColourImage;
}

export function networkInput(image: ColourImage, side: number): NetworkInput {
  const count = side * side;
  const data = new Float32Array(3 * count);
  const pixels = new Uint8Array(3 * count);
  for (let channel = 0; channel < 3; channel++) {
    const { data: plane } = resizeGray(planeOf(image, channel), side, side);
    const offset = channel * count;
    for (let i = 0; i < count; i++) {
      data[offset + i] = plane[i]! / 127.5 - 1;
      pixels[3 * i + channel] = plane[i]!;
    }
  }
  return { data, pixels: { width: side, height: side, data: pixels } };
}

function planeOf({ width, height, data }: ColourImage, channel: number): GrayImage {
  const plane = new Uint8Array(width * height);
  for (let i = 0, from = channel; i < plane.length; i++, from += 3) plane[i] = data[from]!;
  return { width, height, data: plane };
}
