/** Quads of lines: their direction, turning, growing, and their place once the page's slope is undone. */
import { heightOf, widthOf } from './image.js';
import type { Point, Quad } from './types.js';

/** Of the text, in radians, clockwise. */
export function angleOf([a, b, c, d]: Quad): number {
  return Math.atan2(b[1] - a[1] + c[1] - d[1], b[0] - a[0] + c[0] - d[0]);
}

export const mapCorners = ([a, b, c, d]: Quad, map: (point: Point) => Point): Quad => [
  map(a),
  map(b),
  map(c),
  map(d),
];

/** The same box read in another direction. */
export function turned(quad: Quad, quarters: number): Quad {
  const corner = (i: number) => quad[(i + quarters) % 4]!;
  return [corner(0), corner(1), corner(2), corner(3)];
}

/** The turn whose direction is nearest to `angle`. */
export function facing(quad: Quad, angle: number): Quad {
  const off = (q: Quad) => 1 - Math.cos(angleOf(q) - angle);
  return [1, 2, 3]
    .map((n) => turned(quad, n))
    .reduce((best, q) => (off(q) < off(best) - 1e-9 ? q : best), quad);
}

/** With its ends moved outwards by `along`, its long sides by `across` pixels. */
export function grown(quad: Quad, along: number, across: number): Quad {
  const [u, v] = [along / Math.max(1e-6, widthOf(quad)), across / Math.max(1e-6, heightOf(quad))];
  const at = (s: number, t: number): Point => {
    const mix = (i: 0 | 1) => {
      const [top, bottom] = [between(quad[0][i], quad[1][i], s), between(quad[3][i], quad[2][i], s)];
      return between(top, bottom, t);
    };
    return [mix(0), mix(1)];
  };
  return [at(-u, -v), at(1 + u, -v), at(1 + u, 1 + v), at(-u, 1 + v)];
}

const between = (a: number, b: number, t: number) => a + (b - a) * t;

export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const rotate =
  (angle: number) =>
  ([x, y]: Point): Point => [
    x * Math.cos(angle) - y * Math.sin(angle),
    x * Math.sin(angle) + y * Math.cos(angle),
  ];

function bounds(points: readonly Point[]): Extent {
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** On the page without its slope. A lying quad's height is its own, not that of the box around it. */
export function straightened(quad: Quad, slope: number): Extent {
  const straight = mapCorners(quad, rotate(-slope));
  const box = bounds(straight);
  if (Math.abs(angleOf(straight)) > 0.3) return box;
  const [middle, half] = [(box.top + box.bottom) / 2, heightOf(quad) / 2];
  return { ...box, top: middle - half, bottom: middle + half };
}

/** The smallest quad along `slope` around all. */
export function around(quads: readonly Quad[], slope: number): Quad {
  const { left, top, right, bottom } = bounds(quads.flatMap((quad) => quad.map(rotate(-slope))));
  const corners: Quad = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return mapCorners(corners, rotate(slope));
}

/** The page's slope in radians: the angle of its lines, half of their length to either side. */
export function slopeOf(quads: readonly Quad[]): number {
  const long = quads
    .filter((quad) => widthOf(quad) >= 2 * heightOf(quad) && Math.abs(angleOf(quad)) < Math.PI / 4)
    .sort((a, b) => angleOf(a) - angleOf(b));
  let left = long.reduce((sum, quad) => sum + widthOf(quad), 0) / 2;
  const middle = long.find((quad) => {
    left -= widthOf(quad);
    return left <= 0;
  });
  return middle ? angleOf(middle) : 0;
}

/** The lower one of two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}
