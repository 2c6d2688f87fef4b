/**
 * Defect: JPEG compression. The luminance path of the format: 8×8 DCT-II, division by the standard's example table (ITU-T
 * T.81, annex K) scaled by the quality as common encoders do, rounding, and back. Blocks begin at a random phase, as in a
 * crop of a larger picture.
 */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, draw } from './pixels.js';

const RANGES = { quality: [92, 12] } as const;

const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/** Half the cosines of the orthonormal 8-point DCT: even rows act on sums, odd rows on differences of mirrored samples. */
const EVEN = new Float32Array(16);
const ODD = new Float32Array(16);
for (let k = 0; k < 4; k++) {
  for (let i = 0; i < 4; i++) {
    const scale = k === 0 ? Math.sqrt(1 / 8) : 0.5;
    EVEN[k * 4 + i] = scale * Math.cos(((2 * i + 1) * 2 * k * Math.PI) / 16);
    ODD[k * 4 + i] = 0.5 * Math.cos(((2 * i + 1) * (2 * k + 1) * Math.PI) / 16);
  }
}

/** 8-point DCT in place over `block[at + i * step]`. */
function forward(block: Float32Array, at: number, step: number): void {
  const a = block[at]!;
  const b = block[at + step]!;
  const c = block[at + 2 * step]!;
  const d = block[at + 3 * step]!;
  const e = block[at + 4 * step]!;
  const f = block[at + 5 * step]!;
  const g = block[at + 6 * step]!;
  const h = block[at + 7 * step]!;
  const s0 = a + h;
  const s1 = b + g;
  const s2 = c + f;
  const s3 = d + e;
  const d0 = a - h;
  const d1 = b - g;
  const d2 = c - f;
  const d3 = d - e;
  for (let k = 0; k < 4; k++) {
    const r = k * 4;
    block[at + 2 * k * step] = EVEN[r]! * s0 + EVEN[r + 1]! * s1 + EVEN[r + 2]! * s2 + EVEN[r + 3]! * s3;
    block[at + (2 * k + 1) * step] = ODD[r]! * d0 + ODD[r + 1]! * d1 + ODD[r + 2]! * d2 + ODD[r + 3]! * d3;
  }
}

/** Its inverse, which is its transpose. */
function inverse(block: Float32Array, at: number, step: number): void {
  const c0 = block[at]!;
  const c1 = block[at + step]!;
  const c2 = block[at + 2 * step]!;
  const c3 = block[at + 3 * step]!;
  const c4 = block[at + 4 * step]!;
  const c5 = block[at + 5 * step]!;
  const c6 = block[at + 6 * step]!;
  const c7 = block[at + 7 * step]!;
  for (let i = 0; i < 4; i++) {
    const even = EVEN[i]! * c0 + EVEN[4 + i]! * c2 + EVEN[8 + i]! * c4 + EVEN[12 + i]! * c6;
    const odd = ODD[i]! * c1 + ODD[4 + i]! * c3 + ODD[8 + i]! * c5 + ODD[12 + i]! * c7;
    block[at + i * step] = even + odd;
    block[at + (7 - i) * step] = even - odd;
  }
}

const block = new Float32Array(64);
const table = new Float32Array(64);

function setQuality(quality: number): void {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  for (let i = 0; i < 64; i++) {
    table[i] = Math.max(1, Math.min(255, Math.floor((LUMINANCE[i]! * scale + 50) / 100)));
  }
}

/** Compresses and expands a picture in place. `phaseX`, `phaseY` in [0, 7]: where in a block the picture begins. */
export function jpegRoundTrip(
  data: Uint8Array,
  out: Uint8ClampedArray,
  width: number,
  height: number,
  quality: number,
  phaseX: number,
  phaseY: number,
): void {
  setQuality(quality);
  for (let by = -phaseY; by < height; by += 8) {
    for (let bx = -phaseX; bx < width; bx += 8) {
      const inside = bx >= 0 && by >= 0 && bx + 8 <= width && by + 8 <= height;
      for (let v = 0; v < 8; v++) {
        const y = inside ? by + v : Math.max(0, Math.min(height - 1, by + v));
        const base = y * width;
        if (inside) {
          for (let u = 0; u < 8; u++) block[v * 8 + u] = data[base + bx + u]! - 128;
        } else {
          for (let u = 0; u < 8; u++) {
            block[v * 8 + u] = data[base + Math.max(0, Math.min(width - 1, bx + u))]! - 128;
          }
        }
      }
      for (let i = 0; i < 8; i++) forward(block, i * 8, 1);
      for (let i = 0; i < 8; i++) forward(block, i, 8);
      let active = false;
      for (let i = 0; i < 64; i++) {
        const step = table[i]!;
        const value = Math.round(block[i]! / step) * step;
        block[i] = value;
        if (i > 0 && value !== 0) active = true;
      }
      if (active) {
        for (let i = 0; i < 8; i++) inverse(block, i, 8);
        for (let i = 0; i < 8; i++) inverse(block, i * 8, 1);
      } else {
        block.fill(block[0]! / 8);
      }
      const top = Math.max(0, -by);
      const bottom = Math.min(8, height - by);
      const left = Math.max(0, -bx);
      const right = Math.min(8, width - bx);
      for (let v = top; v < bottom; v++) {
        const base = (by + v) * width + bx;
        for (let u = left; u < right; u++) out[base + u] = block[v * 8 + u]! + 128;
      }
    }
  }
}

export const jpeg: RasterAugmentation = {
  kind: 'raster',
  name: 'jpeg',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const quality = draw(RANGES.quality, random, strength);
    const phaseX = random.int(0, 7);
    const phaseY = random.int(0, 7);
    if (strength > 0) jpegRoundTrip(data, clamping(image), width, height, quality, phaseX, phaseY);
    return image;
  },
};
