/** Defect: a scanner or camera that sharpens too much: bright and dark rims around strokes (an unsharp mask). */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, convolve, draw, FloatScratch, gaussianKernel } from './pixels.js';

const RANGES = { amount: [0, 2.6], radiusHeights: [0.025, 0.06] } as const;
const soft = new FloatScratch();

export const sharpeningHalo: RasterAugmentation = {
  kind: 'raster',
  name: 'sharpening-halo',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const amount = draw(RANGES.amount, random, strength);
    const sigma = Math.max(0.5, height * random.range(...RANGES.radiusHeights));
    if (amount < 0.02) return image;
    const blurred = soft.get(data.length);
    convolve(data, width, height, gaussianKernel(sigma), blurred);
    const out = clamping(image);
    for (let i = 0; i < data.length; i++) out[i] = data[i]! + amount * (data[i]! - blurred[i]!);
    return image;
  },
};
