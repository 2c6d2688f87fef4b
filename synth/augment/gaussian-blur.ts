/** Defect: out of focus, or a scanner's soft optics. A Gaussian whose deviation is a fraction of the line's height. */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, convolve, draw, gaussianKernel } from './pixels.js';

const RANGES = { sigmaHeights: [0, 0.055] } as const;

export const gaussianBlur: RasterAugmentation = {
  kind: 'raster',
  name: 'gaussian-blur',
  ranges: RANGES,
  apply(image, random, strength) {
    const sigma = draw(RANGES.sigmaHeights, random, strength) * image.height;
    if (sigma >= 0.2) convolve(image.data, image.width, image.height, gaussianKernel(sigma), clamping(image));
    return image;
  },
};
