/** Defect: the camera or the paper moved. A straight smear in any direction, centred so that text stays in place. */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, draw, FloatScratch } from './pixels.js';

const RANGES = { lengthHeights: [0, 0.15] } as const;
const padded = new FloatScratch();
const sums = new FloatScratch();

export const motionBlur: RasterAugmentation = {
  kind: 'raster',
  name: 'motion-blur',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const length = draw(RANGES.lengthHeights, random, strength) * height;
    const angle = random.next() * Math.PI;
    if (length < 0.5) return image;
    // The segment sampled every half pixel, each sample spread over its four neighbours.
    const samples = Math.max(2, Math.ceil(length * 2)) + 1;
    const reach = Math.ceil(length / 2) + 1;
    const side = 2 * reach + 1;
    const taps = new Float32Array(side * side);
    for (let i = 0; i < samples; i++) {
      const t = (i / (samples - 1) - 0.5) * length;
      const dx = Math.cos(angle) * t + reach;
      const dy = Math.sin(angle) * t + reach;
      const x0 = Math.floor(dx);
      const y0 = Math.floor(dy);
      const fx = dx - x0;
      const fy = dy - y0;
      const add = (x: number, y: number, weight: number) => {
        if (weight > 0) taps[y * side + x]! += weight / samples;
      };
      add(x0, y0, (1 - fx) * (1 - fy));
      add(x0 + 1, y0, fx * (1 - fy));
      add(x0, y0 + 1, (1 - fx) * fy);
      add(x0 + 1, y0 + 1, fx * fy);
    }
    const stride = width + 2 * reach;
    const source = padded.get(stride * (height + 2 * reach));
    for (let y = 0; y < height + 2 * reach; y++) {
      const from = Math.min(height - 1, Math.max(0, y - reach)) * width;
      const to = y * stride;
      for (let x = 0; x < reach; x++) {
        source[to + x] = data[from]!;
        source[to + reach + width + x] = data[from + width - 1]!;
      }
      for (let x = 0; x < width; x++) source[to + reach + x] = data[from + x]!;
    }
    const out = sums.get(width * height);
    out.fill(0, 0, width * height);
    for (let i = 0; i < taps.length; i++) {
      const weight = taps[i]!;
      if (weight < 1e-4) continue;
      const shift = Math.floor(i / side) * stride + (i % side);
      for (let y = 0; y < height; y++) {
        const from = shift + y * stride;
        const to = y * width;
        for (let x = 0; x < width; x++) out[to + x]! += weight * source[from + x]!;
      }
    }
    const bytes = clamping(image);
    for (let i = 0; i < data.length; i++) bytes[i] = out[i]!;
    return image;
  },
};
