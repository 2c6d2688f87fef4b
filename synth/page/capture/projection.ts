/** Projective maps of the plane (homographies): from corners, of points, of images. */
import { unitSquareTo } from '../../../models/base/homography.js';
import type { GrayImage, Point, Quad } from '../../../models/base/image.js';

/** Row-major 3 × 3: x' = (m0 x + m1 y + m2) / w, y' = (m3 x + m4 y + m5) / w, w = m6 x + m7 y + m8. */
export type Projection = readonly [number, number, number, number, number, number, number, number, number];

export const IDENTITY: Projection = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The map that takes the rectangle [0, width] × [0, height] to the quad. */
export function rectangleToQuad(width: number, height: number, quad: Quad): Projection {
  const [a, b, c, d, e, f, g, h] = unitSquareTo(quad);
  return [a / width, b / height, c, d / width, e / height, f, g / width, h / height, 1];
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
