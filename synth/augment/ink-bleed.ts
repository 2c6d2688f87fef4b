/**
 * Defect: ink that spreads into the paper or did not take: strokes grow or shrink by up to about a pixel, unevenly over the
 * line. A grey-scale dilation or erosion mixed with the original by a smooth random field.
 */
import type { RasterAugmentation } from './augmentation.js';
import { smoothField } from './noise.js';
import { ByteScratch, FloatScratch, levels } from './pixels.js';

const RANGES = { growthPx: [-0.75, 1.25], unevenness: [0, 1] } as const;
const copy = new ByteScratch();
const field = new FloatScratch();

export const inkBleed: RasterAugmentation = {
  kind: 'raster',
  name: 'ink-bleed',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const [least, most] = RANGES.growthPx;
    // Thin print bears less: a pixel is a whole stroke at a height of 12.
    const scale = Math.min(1.3, height / 30) * strength;
    const growth = (random.chance(0.55) ? most : least) * random.next() * scale;
    const unevenness = strength * random.next();
    const cellX = height * random.range(0.4, 2);
    if (Math.abs(growth) < 0.04) return image;
    const { paper, ink } = levels(image);
    const mask = field.get(data.length);
    smoothField(mask, width, height, cellX, Math.max(4, height * 0.6), random);
    const takeLower = growth > 0 === ink < paper;
    for (let left = Math.abs(growth); left > 0.02; left -= 1) {
      pass(image, mask, Math.min(1, left), unevenness, takeLower);
    }
    return image;
  },
};

/** One step of up to one pixel. */
function pass(
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  mask: Float32Array,
  amount: number,
  unevenness: number,
  takeLower: boolean,
): void {
  const { width, height, data } = image;
  const source = copy.get(data.length);
  source.set(data);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    const up = Math.max(0, y - 1) * width;
    const down = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++) {
      const at = base + x;
      const here = source[at]!;
      const west = source[x > 0 ? at - 1 : at]!;
      const east = source[x < width - 1 ? at + 1 : at]!;
      const north = source[up + x]!;
      const south = source[down + x]!;
      let far = here;
      if (takeLower) {
        if (west < far) far = west;
        if (east < far) far = east;
        if (north < far) far = north;
        if (south < far) far = south;
      } else {
        if (west > far) far = west;
        if (east > far) far = east;
        if (north > far) far = north;
        if (south > far) far = south;
      }
      if (far !== here) data[at] = here + (far - here) * amount * (1 - unevenness * mask[at]!);
    }
  }
}
