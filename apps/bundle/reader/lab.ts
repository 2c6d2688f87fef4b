/** Pictures in CIELAB (D65), in which distances are about those that eyes see. */

/** CIELAB, three values a pixel. */
export interface Lab {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

const STEPS = 8192;
const curve = Float32Array.from({ length: STEPS + 2 }, (_, i) => {
  const t = i / STEPS;
  return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116;
});
/** Rows X, Y, Z over the D65 white, columns red, green, blue of linear sRGB. */
const toXyz = [
  [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
] as const;
const shades = toXyz.map((row) =>
  row.map((factor) =>
    Float32Array.from({ length: 256 }, (_, value) => {
      const v = value / 255;
      return STEPS * factor * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    }),
  ),
);

/** @param rgb sRGB, three values a pixel, row by row */
export function toLab(rgb: Uint8Array, width: number, height: number): Lab {
  const data = new Float32Array(rgb.length);
  for (let p = 0; p < rgb.length; p += 3) {
    const f = (row: number) => {
      const [r, g, b] = shades[row]!;
      return curve[(r![rgb[p]!]! + g![rgb[p + 1]!]! + b![rgb[p + 2]!]! + 0.5) | 0]!;
    };
    const [x, y, z] = [f(0), f(1), f(2)];
    data[p] = 116 * y - 16;
    data[p + 1] = 500 * (x - y);
    data[p + 2] = 200 * (y - z);
  }
  return { width, height, data };
}

/** At half the size: means of 2 × 2 pixels, border pixels repeated. */
export function half({ width, height, data }: Lab): Lab {
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Float32Array(3 * w * h);
  for (let y = 0, o = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < 3; c++, o++) {
        const at = (dx: number, dy: number) =>
          data[3 * (Math.min(2 * y + dy, height - 1) * width + Math.min(2 * x + dx, width - 1)) + c]!;
        out[o] = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4;
      }
  return { width: w, height: h, data: out };
}
