/** Defect: sensor noise, independent for each pixel or smoothed by a camera's processing. */
import type { RasterAugmentation } from './augmentation.js';
import { addNoise } from './noise.js';
import { clamping, draw } from './pixels.js';

const RANGES = { deviationLevels: [0, 26] } as const;

export const gaussianNoise: RasterAugmentation = {
  kind: 'raster',
  name: 'gaussian-noise',
  ranges: RANGES,
  apply(image, random, strength) {
    const deviation = draw(RANGES.deviationLevels, random, strength);
    const grain = random.chance(0.55) ? 'white' : 'soft';
    if (deviation >= 0.5) addNoise(clamping(image), image.width, image.height, grain, deviation, random);
    return image;
  },
};
