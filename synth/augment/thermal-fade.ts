/**
 * Defect: thermal and dot-matrix print of receipts: pale ink, columns and bands where the head is worn or cold, rows or
 * dots with gaps between them.
 */
import type { RasterAugmentation } from './augmentation.js';
import { smoothField } from './noise.js';
import { clamping, draw, FloatScratch, levels } from './pixels.js';

const RANGES = {
  pallor: [0, 0.5],
  bands: [0, 0.6],
  gaps: [0, 0.65],
  gapPeriodHeights: [0.06, 0.11],
  deadColumns: [0, 0.03],
} as const;
const columns = new FloatScratch();
const rows = new FloatScratch();

export const thermalFade: RasterAugmentation = {
  kind: 'raster',
  name: 'thermal-fade',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const pallor = draw(RANGES.pallor, random, strength);
    const bands = random.chance(0.6) ? draw(RANGES.bands, random, strength) : 0;
    const gapsDown = random.chance(0.4) ? draw(RANGES.gaps, random, strength) : 0;
    const gapsAcross = gapsDown > 0 && random.chance(0.4) ? gapsDown * random.next() : 0;
    const period = Math.max(2, height * random.range(...RANGES.gapPeriodHeights));
    const phase = random.next() * period;
    const deadShare = random.chance(0.2) ? draw(RANGES.deadColumns, random, strength) : 0;
    if (strength <= 0) return image;
    const { paper } = levels(image);
    const across = columns.get(width);
    smoothField(across, width, 1, height * random.range(0.3, 3), 2, random);
    const down = rows.get(height);
    smoothField(down, 1, height, 2, height * random.range(0.2, 0.8), random);
    const bandsDown = bands * random.next() * 0.6;
    for (let x = 0; x < width; x++) {
      const gap = gapsAcross * (0.5 + 0.5 * Math.cos((2 * Math.PI * (x + phase)) / period));
      across[x] = (1 - bands * across[x]!) * (1 - gap) * (random.chance(deadShare) ? 0.3 : 1) * (1 - pallor);
    }
    for (let y = 0; y < height; y++) {
      const gap = gapsDown * (0.5 + 0.5 * Math.cos((2 * Math.PI * (y + phase)) / period));
      down[y] = (1 - bandsDown * down[y]!) * (1 - gap);
    }
    const out = clamping(image);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        out[at] = paper + (data[at]! - paper) * Math.max(0.2, across[x]! * down[y]!);
      }
    }
    return image;
  },
};
