/** Quads and points: measuring, mapping, interpolating. Angles in radians, clockwise positive (y points down). */
import { type Box, boundingBox, type Point, type Quad } from '../../../models/base/image.js';

export const distance = (a: Point, b: Point): number => Math.hypot(b[0] - a[0], b[1] - a[1]);

export const lerp = (a: Point, b: Point, t: number): Point => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
];

export const mapQuad = (quad: Quad, map: (point: Point) => Point): Quad => [
  map(quad[0]),
  map(quad[1]),
  map(quad[2]),
  map(quad[3]),
];

/** Mean length of the edges along the text. */
export const quadWidth = (quad: Quad): number =>
  (distance(quad[0], quad[1]) + distance(quad[3], quad[2])) / 2;

/** Mean length of the edges across the text. */
export const quadHeight = (quad: Quad): number =>
  (distance(quad[0], quad[3]) + distance(quad[1], quad[2])) / 2;

/** Direction of the text: of the mean of the upper and the lower edge. */
export function quadAngle(quad: Quad): number {
  const x = quad[1][0] - quad[0][0] + quad[2][0] - quad[3][0];
  const y = quad[1][1] - quad[0][1] + quad[2][1] - quad[3][1];
  return Math.atan2(y, x);
}

/** The part of a quad between two shares of its length, 0 its left and 1 its right edge; shares beyond extend it. */
export function sliceQuad(quad: Quad, from: number, to: number): Quad {
  return [
    lerp(quad[0], quad[1], from),
    lerp(quad[0], quad[1], to),
    lerp(quad[3], quad[2], to),
    lerp(quad[3], quad[2], from),
  ];
}

/** Moves each edge outwards: the ends by `along`, the long sides by `across` pixels. */
export function growQuad(quad: Quad, along: number, across: number): Quad {
  const share = along / Math.max(1e-6, quadWidth(quad));
  const wide = sliceQuad(quad, -share, 1 + share);
  const part = across / Math.max(1e-6, quadHeight(quad));
  return [
    lerp(wide[0], wide[3], -part),
    lerp(wide[1], wide[2], -part),
    lerp(wide[1], wide[2], 1 + part),
    lerp(wide[0], wide[3], 1 + part),
  ];
}

/** The same box read in another direction: its corners move on by `turns` quarter turns, clockwise. */
export function turnQuad(quad: Quad, turns: number): Quad {
  const corner = (i: number) => quad[(((i + turns) % 4) + 4) % 4] as Point;
  return [corner(0), corner(1), corner(2), corner(3)];
}

/** Rotation about the origin. */
export function rotation(angle: number): (point: Point) => Point {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return ([x, y]) => [x * cos - y * sin, x * sin + y * cos];
}

/** Box with edges instead of sizes, in whatever frame its user works. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Extents of quads once the page's slope is undone. A quad's height is its own, not that of its bounding box. */
export function straighten(quads: readonly Quad[], slope: number): Extent[] {
  const undo = rotation(-slope);
  return quads.map((quad) => {
    const straight = mapQuad(quad, undo);
    const box: Box = boundingBox(straight);
    const tilt = Math.abs(quadAngle(straight));
    if (tilt > 0.3) return { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height };
    const half = quadHeight(quad) / 2;
    const middle = box.y + box.height / 2;
    return { left: box.x, top: middle - half, right: box.x + box.width, bottom: middle + half };
  });
}

/** The smallest quad along `slope` that contains all given quads. */
export function enclosingQuad(quads: readonly Quad[], slope: number): Quad {
  const undo = rotation(-slope);
  const points = quads.flatMap((quad) => quad.map(undo));
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  return mapQuad(
    [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ],
    rotation(slope),
  );
}

/** The middle value (the lower one of two); `otherwise` for an empty list. */
export function median(values: readonly number[], otherwise = 0): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? otherwise;
}

/** The value at which half of the weight is reached. */
export function weightedMedian(pairs: readonly (readonly [value: number, weight: number])[]): number {
  const sorted = [...pairs].sort((a, b) => a[0] - b[0]);
  let left = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  for (const [value, weight] of sorted) {
    left -= weight;
    if (left <= 0) return value;
  }
  return 0;
}
