/** Defect: the tooth and stains of paper: noise of two sizes under the ink. */
import type { RasterAugmentation } from './augmentation.js';
import { noise } from './noise.js';
import { clamping, draw, levels } from './pixels.js';

const RANGES = { fineLevels: [0, 12], coarseLevels: [0, 16] } as const;

export const paperGrain: RasterAugmentation = {
  kind: 'raster',
  name: 'paper-grain',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const fine = draw(RANGES.fineLevels, random, strength);
    const coarse = draw(RANGES.coarseLevels, random, strength);
    if (fine + coarse < 0.5) return image;
    const { paper, ink } = levels(image);
    const near = noise('soft', random);
    const far = noise('coarse', random);
    const out = clamping(image);
    const scale = 1 / Math.max(40, Math.abs(paper - ink));
    for (let y = 0; y < height; y++) {
      const a = near.row(y);
      const b = far.row(y);
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        const open = Math.max(0.25, 1 - Math.abs(data[at]! - paper) * scale);
        const grain =
          fine * near.tile[a + ((x + near.offset) & 255)]! + coarse * far.tile[b + ((x + far.offset) & 255)]!;
        out[at] = data[at]! + grain * open;
      }
    }
    return image;
  },
};
