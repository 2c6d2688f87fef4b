/** Defect: the print of the other side of the leaf shows through: the line itself mirrored, moved, blurred and faint. */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, convolve, draw, FloatScratch, gaussianKernel, levels } from './pixels.js';

const RANGES = { opacity: [0, 0.32], blurHeights: [0.03, 0.08] } as const;
const soft = new FloatScratch();

export const bleedThrough: RasterAugmentation = {
  kind: 'raster',
  name: 'bleed-through',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const opacity = draw(RANGES.opacity, random, strength);
    const sigma = Math.max(0.4, height * random.range(...RANGES.blurHeights));
    const shiftX = random.int(0, width - 1);
    // Its baseline lies elsewhere, wrapping to the line above or below.
    const shiftY = random.int(Math.floor(height * 0.25), Math.floor(height * 0.75));
    if (opacity < 0.01) return image;
    const { paper } = levels(image);
    const other = soft.get(data.length);
    convolve(data, width, height, gaussianKernel(sigma), other);
    const out = clamping(image);
    for (let y = 0; y < height; y++) {
      const from = ((y + shiftY) % height) * width;
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        const back = other[from + ((2 * width - 1 - x + shiftX) % width)]! - paper;
        // Under the ink of this side nothing shows.
        const open = 1 - Math.min(1, Math.abs(data[at]! - paper) / 128);
        out[at] = data[at]! + opacity * back * open;
      }
    }
    return image;
  },
};
