/** A line of text as an oriented box, and what of two boxes is common. */
import type { Point, Quad } from './types.js';

export interface LineBox {
  readonly x: number;
  readonly y: number;
  /** Reading direction in radians, clockwise from the x axis. */
  readonly angle: number;
  readonly length: number;
  readonly height: number;
  readonly confidence: number;
}

export function toQuad({ x, y, angle, length, height }: LineBox): Quad {
  const [cos, sin] = [Math.cos(angle) / 2, Math.sin(angle) / 2];
  const corner = (along: number, across: number): Point => [
    x + along * length * cos - across * height * sin,
    y + along * length * sin + across * height * cos,
  ];
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
}

/** Height across the axis from the middle of the left to that of the right edge. */
export function boxHeight([a, b, c, d]: Quad): number {
  const [dx, dy] = [b[0] + c[0] - a[0] - d[0], b[1] + c[1] - a[1] - d[1]];
  const length = Math.hypot(dx, dy);
  if (length < 2e-6) return Math.hypot(d[0] - a[0], d[1] - a[1]);
  return Math.abs((d[1] - a[1] + c[1] - b[1]) * dx - (d[0] - a[0] + c[0] - b[0]) * dy) / (2 * length);
}

/** Shoelace formula; positive where the corners run clockwise on screen. */
export function area(points: readonly Point[]): number {
  return points.reduce((sum, [x, y], i) => {
    const [px, py] = points.at(i - 1)!;
    return sum + (px * y - x * py) / 2;
  }, 0);
}

/** Area common to two convex quads: one is clipped by the edges of the other (Sutherland, Hodgman 1974). */
export function commonArea(a: Quad, b: Quad): number {
  const way = Math.sign(area(b));
  let left: Point[] = [...a];
  for (let i = 0; i < 4; i++) {
    const [from, to] = [b[i]!, b[(i + 1) % 4]!];
    const inside = ([x, y]: Point) =>
      way * ((to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]));
    left = left.flatMap((point, j) => {
      const before = left.at(j - 1)!;
      const [s, t] = [inside(before), inside(point)];
      const keep = t >= 0 ? [point] : [];
      if (s >= 0 === t >= 0) return keep;
      const part = s / (s - t);
      return [
        [before[0] + (point[0] - before[0]) * part, before[1] + (point[1] - before[1]) * part] as Point,
        ...keep,
      ];
    });
  }
  return left.length < 3 ? 0 : Math.abs(area(left));
}
