/** Defect: a scan or photograph of low resolution that was enlarged again. Down with or without smoothing, up by any filter. */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, draw, FloatScratch } from './pixels.js';
import { resize } from './resize.js';

const RANGES = { factor: [1, 3.4], leastHeightPx: [8, 8] } as const;
const small = new FloatScratch();

export const resample: RasterAugmentation = {
  kind: 'raster',
  name: 'resample',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const most = height / RANGES.leastHeightPx[0];
    const factor = Math.min(draw(RANGES.factor, random, strength), most);
    const stretch = 1 + strength * random.range(-0.15, 0.15);
    const down = random.pick(['area', 'area', 'area', 'linear'] as const);
    const up = random.pick(['cubic', 'cubic', 'linear', 'linear', 'nearest'] as const);
    if (factor < 1.08) return image;
    const toHeight = Math.max(1, Math.round(height / factor));
    const toWidth = Math.max(1, Math.min(width, Math.round((width / factor) * stretch)));
    const low = small.get(toWidth * toHeight);
    resize(data, width, height, low, toWidth, toHeight, down);
    resize(
      low,
      toWidth,
      toHeight,
      clamping(image),
      width,
      height,
      up === 'nearest' && factor > 2 ? 'linear' : up,
    );
    return image;
  },
};
