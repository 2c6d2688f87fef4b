/** Areas of quads and of what two share. */
import { boundingBox, type Point, type Quad } from '../base/image.js';
import { polygonArea } from './polygon.js';

export function quadArea(quad: Quad): number {
  return Math.abs(polygonArea(quad));
}

/** Area that two convex quads share (clipping by half-planes: Sutherland, Hodgman 1974). */
export function intersectionArea(a: Quad, b: Quad): number {
  const p = boundingBox(a);
  const q = boundingBox(b);
  if (p.x >= q.x + q.width || q.x >= p.x + p.width || p.y >= q.y + q.height || q.y >= p.y + p.height)
    return 0;
  let polygon: Point[] = [...a];
  const turn = Math.sign(polygonArea(b));
  for (let i = 0; i < 4 && polygon.length > 0; i++) {
    const from = b[i]!;
    const to = b[(i + 1) % 4]!;
    const side = ([x, y]: Point) =>
      turn * ((to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]));
    const clipped: Point[] = [];
    let last = polygon[polygon.length - 1]!;
    let lastSide = side(last);
    for (const point of polygon) {
      const here = side(point);
      if (here >= 0 !== lastSide >= 0) {
        const t = lastSide / (lastSide - here);
        clipped.push([last[0] + (point[0] - last[0]) * t, last[1] + (point[1] - last[1]) * t]);
      }
      if (here >= 0) clipped.push(point);
      last = point;
      lastSide = here;
    }
    polygon = clipped;
  }
  return polygon.length < 3 ? 0 : Math.abs(polygonArea(polygon));
}

/** Intersection over union, in [0, 1]. */
export function quadIou(a: Quad, b: Quad): number {
  const shared = intersectionArea(a, b);
  const union = quadArea(a) + quadArea(b) - shared;
  return union > 0 ? shared / union : 0;
}
