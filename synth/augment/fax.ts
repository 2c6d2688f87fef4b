/**
 * Defect: a telefax: black and white at about 100 dots an inch (fine across, coarse down), noise on the line that repeats or
 * blanks rows, then shown at another resolution. Does nothing to a picture with little contrast.
 */
import type { RasterAugmentation } from './augmentation.js';
import { noise, smoothField } from './noise.js';
import { bySize, clamping, draw, FloatScratch, levels, strokeLevel } from './pixels.js';
import { resize } from './resize.js';

const RANGES = {
  factorDown: [1, 2.6],
  factorAcross: [1, 1.9],
  noise: [0, 0.14],
  unevenness: [0, 0.45],
  faultyRows: [0, 0.12],
  leastHeightPx: [13, 13],
} as const;
const LEAST_CONTRAST = 60;
const low = new FloatScratch();
const large = new FloatScratch();
const field = new FloatScratch();

export const fax: RasterAugmentation = {
  kind: 'raster',
  name: 'fax',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const found = levels(image);
    const bearable = strength * bySize(height);
    const down = Math.max(
      1,
      Math.min(draw(RANGES.factorDown, random, strength), height / RANGES.leastHeightPx[0]),
    );
    const across = Math.max(1, Math.min(draw(RANGES.factorAcross, random, strength), down * 1.2));
    const deviation = draw(RANGES.noise, random, bearable);
    const unevenness = draw(RANGES.unevenness, random, bearable) * random.next();
    const faulty = draw(RANGES.faultyRows, random, bearable) * random.next();
    const level = 0.5 + 0.16 * bearable * random.range(-1, 1);
    if (strength <= 0 || Math.abs(found.paper - found.ink) < LEAST_CONTRAST) return image;
    const w = Math.max(1, Math.round(width / across));
    const h = Math.max(1, Math.round(height / down));
    const small = low.get(w * h);
    resize(data, width, height, small, w, h, 'area');
    // Thin strokes have gone grey on the coarse grid: the device sets its threshold by what it sees.
    const ink = (found.ink + strokeLevel(small, w * h, found)) / 2;
    const contrast = found.paper - ink;
    const { tile, offset, row } = noise('soft', random);
    const uneven = field.get(w * h);
    smoothField(
      uneven,
      w,
      h,
      Math.max(2, h * random.range(0.3, 2)),
      Math.max(2, h * random.range(0.3, 1)),
      random,
    );
    const black = random.int(0, 45);
    const white = random.int(225, 255);
    const [dark, light] = contrast > 0 ? [black, white] : [white, black];
    // Weak faxes keep some grey at the edges.
    const steep = 1 / Math.max(0.02, 1 - strength * random.range(0.6, 1));
    for (let y = 0; y < h; y++) {
      const line = row(y);
      for (let x = 0; x < w; x++) {
        const v =
          (small[y * w + x]! - ink) / contrast -
          level +
          deviation * tile[line + ((x + offset) & 255)]! +
          unevenness * (uneven[y * w + x]! - 0.5);
        small[y * w + x] = dark + (light - dark) * Math.max(0, Math.min(1, v * steep + 0.5));
      }
    }
    for (let y = 1; y < h; y++) {
      if (!random.chance(faulty)) continue;
      const from = random.int(0, w - 1);
      const to = Math.min(w, from + random.int(4, Math.max(5, w >> 1)));
      const kind = random.next();
      for (let x = from; x < to; x++) {
        if (kind < 0.5) small[y * w + x] = small[(y - 1) * w + x]!;
        else if (kind < 0.85) small[y * w + x] = light;
        else if ((x * 7 + y) % 3 > 0) small[y * w + x] = dark;
      }
    }
    const shown = large.get(width * height);
    const filter = random.pick(['linear', 'linear', 'cubic', 'area', 'nearest'] as const);
    resize(small, w, h, shown, width, height, filter);
    const out = clamping(image);
    const share = Math.min(1, 4 * strength);
    for (let i = 0; i < data.length; i++) out[i] = data[i]! + (shown[i]! - data[i]!) * share;
    return image;
  },
};
