/** Defect: light that falls from one side, a shadow's soft edge, the dark gutter of a book. Multiplies the picture. */
import type { RasterAugmentation } from './augmentation.js';
import { smoothField } from './noise.js';
import { clamping, draw, FloatScratch } from './pixels.js';

const RANGES = { falloff: [0, 0.5], shadow: [0, 0.45], mottle: [0, 0.2] } as const;
const field = new FloatScratch();

export const unevenLighting: RasterAugmentation = {
  kind: 'raster',
  name: 'uneven-lighting',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const falloff = draw(RANGES.falloff, random, strength);
    const shadow = random.chance(0.3) ? draw(RANGES.shadow, random, strength) : 0;
    const mottle = random.chance(0.5) ? draw(RANGES.mottle, random, strength) : 0;
    const angle = random.next() * 2 * Math.PI;
    if (strength <= 0) return image;
    const dx = Math.cos(angle) / width;
    const dy = Math.sin(angle) / height;
    // The shadow's edge crosses the line somewhere, at its own slope.
    const edgeX = random.next() * width;
    const slope = random.range(-2, 2);
    const soft = height * random.range(0.1, 1.2);
    const side = random.chance(0.5) ? 1 : -1;
    const spots = field.get(data.length);
    if (mottle > 0) smoothField(spots, width, height, height * 2, height, random);
    const out = clamping(image);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        let light = 1 - falloff * (0.5 + 0.5 * ((x - width / 2) * dx + (y - height / 2) * dy) * 1.4);
        if (shadow > 0) {
          const d = (side * (x - edgeX + slope * (y - height / 2))) / soft;
          light *= 1 - shadow * Math.max(0, Math.min(1, d + 0.5));
        }
        if (mottle > 0) light *= 1 - mottle * spots[at]!;
        out[at] = data[at]! * light;
      }
    }
    return image;
  },
};
