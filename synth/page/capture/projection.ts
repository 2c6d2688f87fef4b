/** Projective maps of the plane (homographies): from corners, of points, of images. */
import type { GrayImage, Point, Quad } from '../../../models/base/image.js';

/** Row-major 3 × 3: x' = (m0 x + m1 y + m2) / w, y' = (m3 x + m4 y + m5) / w, w = m6 x + m7 y + m8. */
export type Projection = readonly [number, number, number, number, number, number, number, number, number];

export const IDENTITY: Projection = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The map that takes the rectangle [0, width] × [0, height] to the quad (Heckbert 1989). */
export function rectangleToQuad(width: number, height: number, quad: Quad): Projection {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = quad;
  const sx = x0 - x1 + x2 - x3;
  const sy = y0 - y1 + y2 - y3;
  const dx1 = x1 - x2;
  const dy1 = y1 - y2;
  const dx2 = x3 - x2;
  const dy2 = y3 - y2;
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return [
    (x1 - x0 + g * x1) / width,
    (x3 - x0 + h * x3) / height,
    x0,
    (y1 - y0 + g * y1) / width,
    (y3 - y0 + h * y3) / height,
    y0,
    g / width,
    h / height,
    1,
  ];
}

export function project([a, b, c, d, e, f, g, h, i]: Projection, [x, y]: Point): Point {
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

/** The inverse map (by the adjugate; a common factor does not matter). */
export function invert([a, b, c, d, e, f, g, h, i]: Projection): Projection {
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}

/**
 * Draws `image` under the projection over `ground`, bilinearly; the ground shows where the image does not reach. Pixel i
 * covers [i, i + 1). Where the map shrinks the image by more than 1.5, blur it first.
 */
export function warp(image: GrayImage, map: Projection, ground: GrayImage): GrayImage {
  const { width, height, data: out } = ground;
  const { width: stride, height: rows, data } = image;
  const [a, b, c, d, e, f, g, h, i] = invert(map);
  for (let y = 0, o = 0; y < height; y++) {
    const py = y + 0.5;
    let u = a * 0.5 + b * py + c;
    let v = d * 0.5 + e * py + f;
    let w = g * 0.5 + h * py + i;
    for (let x = 0; x < width; x++, o++, u += a, v += d, w += g) {
      const sx = u / w - 0.5;
      const sy = v / w - 0.5;
      if (!(sx > -0.5 && sy > -0.5 && sx < stride - 0.5 && sy < rows - 0.5)) continue;
      const x0 = sx < 0 ? 0 : sx | 0;
      const y0 = sy < 0 ? 0 : sy | 0;
      const fx = sx < 0 ? 0 : sx - x0;
      const fy = sy < 0 ? 0 : sy - y0;
      const at = y0 * stride + x0;
      const right = x0 + 1 < stride ? 1 : 0;
      const down = y0 + 1 < rows ? stride : 0;
      const upper = data[at]! + (data[at + right]! - data[at]!) * fx;
      const lower = data[at + down]! + (data[at + down + right]! - data[at + down]!) * fx;
      out[o] = upper + (lower - upper) * fy + 0.5;
    }
  }
  return ground;
}
