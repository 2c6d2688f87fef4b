/** Defect: spots where the ink flaked off or was never taken, and smears of ink: soft ellipses smaller than a letter. */
import type { RasterAugmentation } from './augmentation.js';
import { draw, levels } from './pixels.js';

const RANGES = { perHeight: [0, 2.2], radiusHeights: [0.03, 0.11], opacity: [0, 0.95] } as const;

export const blotches: RasterAugmentation = {
  kind: 'raster',
  name: 'blotches',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const density = draw(RANGES.perHeight, random, strength) * random.next();
    const opacity = strength * RANGES.opacity[1] * random.range(0.4, 1);
    const darkShare = random.next() ** 2;
    const count = Math.floor((density * width) / height + random.next() * strength);
    if (count === 0 || opacity < 0.02) return image;
    const { paper, ink } = levels(image);
    for (let i = 0; i < count; i++) {
      const dark = random.chance(darkShare);
      const a = Math.max(0.7, height * random.range(...RANGES.radiusHeights));
      const b = Math.max(0.7, a * random.range(0.4, 1.2));
      const cx = random.next() * width;
      const cy = random.next() * height;
      const target = dark ? ink : paper;
      const alpha = opacity * (dark ? 0.6 : 1);
      for (let y = Math.max(0, Math.ceil(cy - b)); y < Math.min(height, cy + b); y++) {
        for (let x = Math.max(0, Math.ceil(cx - a)); x < Math.min(width, cx + a); x++) {
          const r = ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2;
          if (r >= 1) continue;
          const at = y * width + x;
          data[at] = data[at]! + (target - data[at]!) * alpha * Math.min(1, 2 * (1 - r));
        }
      }
    }
    return image;
  },
};
