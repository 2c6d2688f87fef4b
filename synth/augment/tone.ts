/** Defect: exposure and contrast of a camera or copier: gamma, then contrast toward some level. Text keeps some contrast. */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, draw, levels } from './pixels.js';

const RANGES = {
  gammaExponent: [0, 0.8],
  contrastLoss: [0, 0.75],
  contrastGain: [0, 0.6],
  brightnessLevels: [0, 45],
} as const;
/** Paper and ink stay at least so many levels apart (or as near as they were). */
const LEAST_CONTRAST = 28;

export const tone: RasterAugmentation = {
  kind: 'raster',
  name: 'tone',
  ranges: RANGES,
  apply(image, random, strength) {
    const { data } = image;
    const gamma = Math.exp(draw(RANGES.gammaExponent, random, strength) * random.pick([-1, 1]));
    const loss = random.chance(0.7);
    const contrast = loss
      ? 1 - draw(RANGES.contrastLoss, random, strength)
      : 1 + draw(RANGES.contrastGain, random, strength);
    const brightness = draw(RANGES.brightnessLevels, random, strength) * random.pick([-1, 1]);
    const pivot = random.range(60, 220);
    if (strength <= 0) return image;
    const map = (v: number, c: number) => {
      const g = 255 * (v / 255) ** gamma;
      return Math.max(0, Math.min(255, pivot + (g - pivot) * c + brightness));
    };
    const { paper, ink } = levels(image);
    const wanted = Math.min(LEAST_CONTRAST, Math.abs(paper - ink));
    let used = contrast;
    if (Math.abs(map(paper, used) - map(ink, used)) < wanted) used = 1;
    if (Math.abs(map(paper, used) - map(ink, used)) < wanted) return image;
    const table = new Uint8ClampedArray(256);
    for (let v = 0; v < 256; v++) table[v] = map(v, used);
    const out = clamping(image);
    for (let i = 0; i < data.length; i++) out[i] = table[data[i]!]!;
    return image;
  },
};
