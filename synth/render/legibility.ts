/** Whether the text can still be told from its ground. */
import type { GrayImage } from '../../models/base/image.js';
import type { Bounds } from './outline.js';

/**
 * Correlation of a picture's grey levels with the coverage it was drawn from, as a magnitude: 1 where the ink stands out
 * everywhere, 0 where nothing of it is left. Same sizes.
 *
 * @param within the text's own place, in pixels: what lies around it may have tones of its own; default: all
 */
export function inkCorrelation(
  image: GrayImage,
  mask: GrayImage,
  within: Bounds = { left: 0, top: 0, right: mask.width, bottom: mask.height },
): number {
  const left = Math.max(0, Math.floor(within.left));
  const right = Math.min(mask.width, Math.ceil(within.right));
  const top = Math.max(0, Math.floor(within.top));
  const bottom = Math.min(mask.height, Math.ceil(within.bottom));
  const n = (right - left) * (bottom - top);
  let a = 0;
  let b = 0;
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let y = top; y < bottom; y++) {
    for (let i = y * mask.width + left; i < y * mask.width + right; i++) {
      const x = image.data[i]!;
      const m = mask.data[i]!;
      a += x;
      b += m;
      aa += x * x;
      bb += m * m;
      ab += x * m;
    }
  }
  const variance = (aa / n - (a / n) ** 2) * (bb / n - (b / n) ** 2);
  return variance > 0 ? Math.abs(ab / n - (a / n) * (b / n)) / Math.sqrt(variance) : 0;
}
