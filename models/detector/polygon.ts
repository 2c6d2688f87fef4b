/** Exact filling of polygons on a pixel grid. */
import type { Point } from '../base/image.js';

/**
 * Calls `span(y, start, end)` for each run of cells [start, end) in row y whose centres (x + 0.5, y + 0.5) lie inside the
 * polygon (even-odd rule; a centre on an edge belongs to the polygon right of or below it). Points are in cells.
 */
export function fillPolygon(
  points: readonly Point[],
  width: number,
  height: number,
  span: (y: number, start: number, end: number) => void,
): void {
  let top = Infinity;
  let bottom = -Infinity;
  for (const [, y] of points) {
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  if (!(bottom > top)) return;
  const first = Math.max(0, Math.ceil(top - 0.5));
  const last = Math.min(height - 1, Math.ceil(bottom - 0.5) - 1);
  const crossings: number[] = [];
  for (let row = first; row <= last; row++) {
    const y = row + 0.5;
    crossings.length = 0;
    let [px, py] = points[points.length - 1]!;
    for (const [qx, qy] of points) {
      if (py <= y !== qy <= y) crossings.push(px + ((y - py) / (qy - py)) * (qx - px));
      px = qx;
      py = qy;
    }
    if (crossings.length > 2) crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const a = Math.min(crossings[i]!, crossings[i + 1]!);
      const b = Math.max(crossings[i]!, crossings[i + 1]!);
      const start = Math.max(0, Math.ceil(a - 0.5));
      const end = Math.min(width, Math.ceil(b - 0.5));
      if (end > start) span(row, start, end);
    }
  }
}

/** Signed area by the shoelace formula: positive when the corners run clockwise on screen (y down). */
export function polygonArea(points: readonly Point[]): number {
  let sum = 0;
  let [px, py] = points[points.length - 1]!;
  for (const [x, y] of points) {
    sum += px * y - x * py;
    px = x;
    py = y;
  }
  return sum / 2;
}
