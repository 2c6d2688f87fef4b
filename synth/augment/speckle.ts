/**
 * Defect: dust, toner specks and pinholes: small dots of ink on the paper and of paper in the ink, all over the line or in
 * a few clusters (dirt, marks of a copier).
 */
import type { RasterAugmentation } from './augmentation.js';
import { draw, levels } from './pixels.js';

const RANGES = { share: [0, 0.03], dotHeights: [0.02, 0.07] } as const;

export const speckle: RasterAugmentation = {
  kind: 'raster',
  name: 'speckle',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const share = draw(RANGES.share, random, strength) * random.next();
    const side = Math.max(1, Math.round(height * draw(RANGES.dotHeights, random, strength)));
    const bias = random.next();
    const clusters = random.chance(0.4) ? random.int(1, 3) : 0;
    const places = Array.from(
      { length: clusters },
      () => [random.next() * width, random.next() * height] as const,
    );
    const spread = height * random.range(0.08, 0.4);
    const count = Math.floor((share * data.length) / (side * side) + random.next() * 0.999 * strength);
    if (count === 0) return image;
    const { paper, ink } = levels(image);
    for (let i = 0; i < count; i++) {
      let x = random.int(0, width - 1);
      let y = random.int(0, height - 1);
      const place = places[i % Math.max(1, clusters)];
      if (place) {
        // A sum of uniform numbers is bell enough.
        x = Math.round(place[0] + spread * 2 * (random.next() + random.next() - 1));
        y = Math.round(place[1] + spread * (random.next() + random.next() - 1));
        if (x < 0 || y < 0) continue;
      }
      const target = random.chance(bias) ? ink : paper;
      const alpha = random.range(0.4, 1);
      const w = random.int(1, side);
      const h = random.int(1, side);
      for (let v = y; v < Math.min(height, y + h); v++) {
        for (let u = x; u < Math.min(width, x + w); u++) {
          const at = v * width + u;
          data[at] = data[at]! + (target - data[at]!) * alpha;
        }
      }
    }
    return image;
  },
};
