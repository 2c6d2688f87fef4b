/** The picture itself as pixels: what a plain crop is cut from. */
import type { Picture, Pixels } from '../subject.js';

/** RGB, or RGBA where the picture has transparency. */
export function renderPicture({ width, height, data, alpha }: Picture): Pixels {
  if (!alpha) return { width, height, channels: 3, data };
  const result = new Uint8Array(width * height * 4);
  for (let index = 0; index < alpha.length; index++) {
    result[4 * index] = data[3 * index]!;
    result[4 * index + 1] = data[3 * index + 1]!;
    result[4 * index + 2] = data[3 * index + 2]!;
    result[4 * index + 3] = alpha[index]!;
  }
  return { width, height, channels: 4, data: result };
}
