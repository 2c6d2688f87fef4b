/** Defect: dirt on a scanner's glass (vertical streaks), worn drums and rolling rows (horizontal lines), lighter or darker. */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, draw, FloatScratch } from './pixels.js';

const RANGES = { streaksPerHeight: [0, 0.8], depthLevels: [0, 90], rowLevels: [0, 22] } as const;
const columns = new FloatScratch();

export const streaks: RasterAugmentation = {
  kind: 'raster',
  name: 'streaks',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const density = draw(RANGES.streaksPerHeight, random, strength) * random.next();
    const depth = draw(RANGES.depthLevels, random, strength);
    const rowDepth = random.chance(0.4) ? draw(RANGES.rowLevels, random, strength) : 0;
    if (strength <= 0) return image;
    const across = columns.get(width);
    across.fill(0, 0, width);
    const count = Math.min(width, Math.floor((density * width) / height + random.next()));
    const light = random.chance(0.4);
    for (let i = 0; i < count; i++) {
      const x = random.int(0, width - 1);
      const wide = random.chance(0.8) ? 1 : 2;
      const delta = depth * random.range(0.2, 1) * (light ? 1 : -1);
      for (let u = x; u < Math.min(width, x + wide); u++) across[u]! += delta;
    }
    const out = clamping(image);
    for (let y = 0; y < height; y++) {
      const row = rowDepth > 0 ? rowDepth * random.range(-1, 1) : 0;
      const base = y * width;
      for (let x = 0; x < width; x++) out[base + x] = data[base + x]! + across[x]! + row;
    }
    return image;
  },
};
