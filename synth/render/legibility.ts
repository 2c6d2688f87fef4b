/** Whether the text can still be told from its ground. */
import type { GrayImage } from '../../models/base/image.js';

/**
 * Correlation of a picture's grey levels with the coverage it was drawn from, as a magnitude: 1 where the ink stands out
 * everywhere, 0 where nothing of it is left. Same sizes.
 */
export function inkCorrelation(image: GrayImage, mask: GrayImage): number {
  const n = mask.data.length;
  let a = 0;
  let b = 0;
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < n; i++) {
    const x = image.data[i]!;
    const m = mask.data[i]!;
    a += x;
    b += m;
    aa += x * x;
    bb += m * m;
    ab += x * m;
  }
  const variance = (aa / n - (a / n) ** 2) * (bb / n - (b / n) ** 2);
  return variance > 0 ? Math.abs(ab / n - (a / n) * (b / n)) / Math.sqrt(variance) : 0;
}
