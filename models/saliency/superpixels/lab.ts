/** CIELAB planes of an image (D65, 2° observer), by tables: what SLIC measures colour in. */
import type { ColourImage } from '../../base/image.js';

/** CIELAB, row by row, one plane each: L in [0, 100], a and b in about [-108, 99]. */
export interface LabImage {
  readonly width: number;
  readonly height: number;
  readonly l: Float32Array;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

const STEPS = 8192;
/** f of CIELAB at i / STEPS; a step more than needed, as rounded sums may pass 1 by a little. */
const CURVE = Float32Array.from({ length: STEPS + 2 }, (_, i) => {
  const t = i / STEPS;
  return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116;
});
const WHITE = [0.95047, 1, 1.08883] as const;
/** Rows: what red, green and blue add to X, Y and Z over the white's, in steps of the curve. */
const MATRIX = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
] as const;
const LINEAR = Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
const tables = (channel: 0 | 1 | 2) =>
  [0, 1, 2].map((row) =>
    Float32Array.from(LINEAR, (v) => (STEPS * v * MATRIX[row]![channel]) / WHITE[row]!),
  ) as [Float32Array, Float32Array, Float32Array];
const RED = tables(0);
const GREEN = tables(1);
const BLUE = tables(2);

/** sRGB to CIELAB, within 0.06 of the formula in L, 0.5 in a, 0.25 in b: about what one step of 8 bits changes at most. */
export function labPlanes({ width, height, data }: ColourImage): LabImage {
  const size = width * height;
  const l = new Float32Array(size);
  const a = new Float32Array(size);
  const b = new Float32Array(size);
  const [rx, ry, rz] = RED;
  const [gx, gy, gz] = GREEN;
  const [bx, by, bz] = BLUE;
  for (let i = 0, p = 0; i < size; i++, p += 3) {
    const red = data[p]!;
    const green = data[p + 1]!;
    const blue = data[p + 2]!;
    const fx = CURVE[(rx[red]! + gx[green]! + bx[blue]! + 0.5) | 0]!;
    const fy = CURVE[(ry[red]! + gy[green]! + by[blue]! + 0.5) | 0]!;
    const fz = CURVE[(rz[red]! + gz[green]! + bz[blue]! + 0.5) | 0]!;
    l[i] = 116 * fy - 16;
    a[i] = 500 * (fx - fy);
    b[i] = 200 * (fy - fz);
  }
  return { width, height, l, a, b };
}

/** Half the size (rounded up), each pixel the mean of the up to four below it. */
export function halve({ width, height, l, a, b }: LabImage): LabImage {
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const half = {
    width: w,
    height: h,
    l: new Float32Array(w * h),
    a: new Float32Array(w * h),
    b: new Float32Array(w * h),
  };
  for (let y = 0, o = 0; y < h; y++) {
    const top = 2 * y * width;
    const bottom = 2 * y + 1 < height ? top + width : top;
    for (let x = 0; x < w; x++, o++) {
      const left = 2 * x;
      const right = left + 1 < width ? left + 1 : left;
      const p = top + left;
      const q = top + right;
      const r = bottom + left;
      const s = bottom + right;
      half.l[o] = (l[p]! + l[q]! + l[r]! + l[s]!) / 4;
      half.a[o] = (a[p]! + a[q]! + a[r]! + a[s]!) / 4;
      half.b[o] = (b[p]! + b[q]! + b[r]! + b[s]!) / 4;
    }
  }
  return half;
}
