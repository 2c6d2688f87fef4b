/**
 * Defect: a scan reduced to black and white at too high or too low a threshold, with noise: thin strokes break, counters
 * fill. Does nothing to a picture with little contrast, which such a device would have lost.
 */
import type { RasterAugmentation } from './augmentation.js';
import { noise, smoothField } from './noise.js';
import {
  bySize,
  clamping,
  convolve,
  draw,
  FloatScratch,
  gaussianKernel,
  levels,
  strokeLevel,
} from './pixels.js';

const RANGES = {
  offCentre: [0, 0.24],
  unevenness: [0, 0.5],
  noise: [0, 0.16],
  softening: [0.9, 0.25],
} as const;
const LEAST_CONTRAST = 60;
const field = new FloatScratch();

export const threshold: RasterAugmentation = {
  kind: 'raster',
  name: 'threshold',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const found = levels(image);
    // Thin print is paler than its darkest points: the threshold lies between.
    const ink = (found.ink + strokeLevel(data, data.length, found)) / 2;
    const contrast = found.paper - ink;
    const bearable = strength * bySize(height);
    const offCentre = draw(RANGES.offCentre, random, bearable) * (random.chance(0.5) ? 1 : -1);
    const unevenness = draw(RANGES.unevenness, random, bearable) * random.next();
    const deviation = draw(RANGES.noise, random, bearable);
    // How much of the grey remains: a soft ramp around the threshold, the steeper the stronger.
    const ramp =
      RANGES.softening[0] + (RANGES.softening[1] - RANGES.softening[0]) * Math.min(1, strength * 1.5);
    if (strength <= 0 || Math.abs(found.paper - found.ink) < LEAST_CONTRAST) return image;
    const uneven = field.get(data.length);
    smoothField(
      uneven,
      width,
      height,
      Math.max(2, height * random.range(0.3, 2)),
      Math.max(2, height * random.range(0.3, 1)),
      random,
    );
    const { tile, offset, row } = noise('soft', random);
    const out = clamping(image);
    const black = random.int(0, 40);
    const white = random.int(225, 255);
    const [low, high] = contrast > 0 ? [black, white] : [white, black];
    const share = Math.min(1, 4 * strength);
    const steep = 1 / Math.max(0.02, ramp * random.next());
    for (let y = 0; y < height; y++) {
      const line = row(y);
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        // 0 at the strokes' level, 1 at the paper's.
        const v = (data[at]! - ink) / contrast;
        const t =
          v -
          0.5 -
          offCentre +
          deviation * tile[line + ((x + offset) & 255)]! +
          unevenness * (uneven[at]! - 0.5);
        const s = Math.max(0, Math.min(1, t * steep + 0.5));
        out[at] = data[at]! + (low + (high - low) * s - data[at]!) * share;
      }
    }
    if (random.chance(0.6)) {
      const sigma = random.range(0.2, 0.2 + 0.5 * share);
      convolve(data, width, height, gaussianKernel(sigma), out);
    }
    return image;
  },
};
