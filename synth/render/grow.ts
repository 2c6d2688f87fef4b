/** Heavier or lighter strokes: every point moves along the bisector of its edges, as if the contour were a polygon. */
import { CLOSE, COORDINATES, MOVE, Outline } from './outline.js';

/**
 * The outline with `amount` (same unit as the points) added at each side of its strokes; negative makes them thinner.
 * Which side is outside follows from the sign of the whole outline's area: all its glyphs must wind alike.
 */
export function grown(outline: Outline, amount: number): Outline {
  const out = new Outline();
  out.append(outline, 1, 0, 0, 1, 0, 0);
  const contours = contoursOf(outline);
  const reach = outline.windingArea() > 0 ? amount : -amount;
  for (const [from, to] of contours) offsetContour(outline.points, out.points, from, to, reach);
  return out;
}

/** Ranges of `points` that each contour takes. */
function contoursOf(outline: Outline): [from: number, to: number][] {
  const found: [number, number][] = [];
  let from = 0;
  let at = 0;
  for (let k = 0; k < outline.codeCount; k++) {
    const code = outline.codes[k]!;
    if ((code === MOVE || code === CLOSE) && at > from) {
      found.push([from, at]);
      from = at;
    }
    at += COORDINATES[code]!;
  }
  if (at > from) found.push([from, at]);
  return found;
}

function offsetContour(
  points: Float32Array,
  out: Float32Array,
  from: number,
  to: number,
  reach: number,
): void {
  const same = (i: number, j: number) =>
    Math.abs(points[i]! - points[j]!) + Math.abs(points[i + 1]! - points[j + 1]!) < 1e-5;
  for (let i = from; i < to; i += 2) {
    // Neighbours that lie elsewhere: contours often repeat their first point at the end.
    let before = i;
    let after = i;
    do before = before === from ? to - 2 : before - 2;
    while (before !== i && same(before, i));
    do after = after === to - 2 ? from : after + 2;
    while (after !== i && same(after, i));
    if (before === i || after === i) continue;
    const [ix, iy] = direction(points, before, i);
    const [ox, oy] = direction(points, i, after);
    // Sum of the edges' normals over 1 + cos keeps both edges parallel; sharp corners are cut short.
    const scale = reach / Math.max(0.5, 1 + ix * ox + iy * oy);
    out[i] = points[i]! + (iy + oy) * scale;
    out[i + 1] = points[i + 1]! - (ix + ox) * scale;
  }
}

function direction(points: Float32Array, from: number, to: number): [number, number] {
  const dx = points[to]! - points[from]!;
  const dy = points[to + 1]! - points[from + 1]!;
  const length = Math.hypot(dx, dy);
  return [dx / length, dy / length];
}
