import { describe, expect, it } from 'vitest';
import { binaryMask } from '../../../../../apps/train/scoring/saliency/binary-mask.js';
import { nearestForeground } from '../../../../../apps/train/scoring/saliency/nearest-foreground.js';
import { Random } from '../../../../../models/base/random.js';
import { draw } from './saliency-cases.js';

describe('nearestForeground', () => {
  const random = new Random(4, 'masks');
  const masks = Array.from({ length: 60 }, (_, i) => {
    const [width, height, share] = [
      random.int(1, 24),
      random.int(1, 24),
      random.pick([0.01, 0.05, 0.3, 0.9]),
    ];
    const [x0, y0] = [random.int(0, width - 1), random.int(0, height - 1)];
    const mask = draw(width, height, (x, y) => (random.chance(share) || (x === x0 && y === y0) ? 255 : 0));
    return { name: `${i}: ${width} × ${height}, ${share}`, mask: binaryMask(mask) };
  });

  it.each(masks)(
    'finds what comparing with every pixel finds, of equals the leftmost ($name)',
    ({ mask }) => {
      const { width, height, data } = mask;
      const { index, squared } = nearestForeground(mask);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let [best, where] = [Number.POSITIVE_INFINITY, -1];
          // Column by column, so that of equals the leftmost and then the uppermost comes first.
          for (let u = 0; u < width; u++) {
            for (let v = 0; v < height; v++) {
              const distance = (u - x) ** 2 + (v - y) ** 2;
              if (data[v * width + u] && distance < best) [best, where] = [distance, v * width + u];
            }
          }
          expect([squared[y * width + x], index[y * width + x]]).toEqual([best, where]);
        }
      }
    },
  );
});
