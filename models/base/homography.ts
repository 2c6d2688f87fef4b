/** Projective maps of the plane from corners. */
import type { Quad } from './image.js';

/** (u, v) → (x, y) = ((a u + b v + c) / w, (d u + e v + f) / w), w = g u + h v + 1. */
export type Homography = readonly [
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
];

/**
 * The map that takes the unit square to the quad: the closed form of Heckbert (1989), section 2.2.3. A quad that is
 * collapsed or not convex has none: what is affine of it is given.
 */
export function unitSquareTo([p0, p1, p2, p3]: Quad): Homography {
  const sumX = p0[0] - p1[0] + p2[0] - p3[0];
  const sumY = p0[1] - p1[1] + p2[1] - p3[1];
  const dx1 = p1[0] - p2[0];
  const dx2 = p3[0] - p2[0];
  const dy1 = p1[1] - p2[1];
  const dy2 = p3[1] - p2[1];
  const determinant = dx1 * dy2 - dx2 * dy1;
  let g = 0;
  let h = 0;
  // A parallelogram is affine; a collapsed quad has no projection, and the affine part shows what there is.
  if (Math.abs(determinant) > 1e-9 && (sumX !== 0 || sumY !== 0)) {
    g = (sumX * dy2 - dx2 * sumY) / determinant;
    h = (dx1 * sumY - sumX * dy1) / determinant;
    // A quad that is not convex would cross the line at infinity.
    if (!(g > -1 && h > -1 && g + h > -1)) g = h = 0;
  }
  return [
    p1[0] - p0[0] + g * p1[0],
    p3[0] - p0[0] + h * p3[0],
    p0[0],
    p1[1] - p0[1] + g * p1[1],
    p3[1] - p0[1] + h * p3[1],
    p0[1],
    g,
    h,
  ];
}
