/**
 * Fills outlines: exact-area anti-aliasing. Every edge adds the area that it covers in each pixel (and, to the right of
 * it, the height it spans) to an accumulator; a running sum along the rows is then the winding number times coverage.
 * Chosen over filling by the canvas (Skia), with which a test finds it to agree: nothing is allocated and no RGBA copy is
 * read back, which took rendering (before degradation) from 420 to 770 lines a second; curves are followed more closely;
 * the bytes are the same on every platform.
 */
import type { GrayImage } from '../../models/base/image.js';
import { grown } from './grow.js';
import { CLOSE, CUBIC, LINE, MOVE, type Outline, QUADRATIC } from './outline.js';

/** Most that a flattened curve may leave its curve, pixels. */
const TOLERANCE = 0.06;

let accumulator = new Float32Array(1 << 16);

export interface FillOptions {
  /** Added to the outlines' coordinates: where their origin lies in the mask. */
  readonly offsetX?: number;
  readonly offsetY?: number;
  /** Pixels by which strokes grow at each side (negative: shrink). */
  readonly grow?: number;
}

/**
 * The coverage of an outline (non-zero winding): 0 outside, 255 wholly inside.
 * @param width @param height of the mask, pixels
 */
export function fillOutlines(
  outline: Outline,
  width: number,
  height: number,
  options: FillOptions = {},
): GrayImage {
  const mask = { width, height, data: new Uint8Array(width * height) };
  fillInto(mask, outline, options);
  return mask;
}

/** As `fillOutlines`, united with what is in `mask` already (the greater coverage stays). */
export function fillInto(mask: GrayImage, outline: Outline, options: FillOptions = {}): void {
  const { width, height, data } = mask;
  const { offsetX = 0, offsetY = 0, grow = 0 } = options;
  const stride = width + 1;
  if (accumulator.length < stride * height) accumulator = new Float32Array(stride * height * 2);
  const rows = trace(grow === 0 ? outline : grown(outline, grow), offsetX, offsetY, width, height);
  for (let y = rows.first; y <= rows.last; y++) {
    let winding = 0;
    let to = y * width;
    const end = y * stride + width;
    for (let from = y * stride; from < end; from++, to++) {
      winding += accumulator[from]!;
      const level = (winding < 0 ? -winding : winding) * 255 + 0.5;
      const coverage = level >= 255 ? 255 : level | 0;
      if (coverage > data[to]!) data[to] = coverage;
    }
  }
  accumulator.fill(0, rows.first * stride, (rows.last + 1) * stride);
}

/** Adds all edges; returns the rows they touch. */
function trace(
  outline: Outline,
  offsetX: number,
  offsetY: number,
  width: number,
  height: number,
): { first: number; last: number } {
  const { codes, points } = outline;
  let top = height;
  let bottom = 0;
  let at = 0;
  let x0 = 0;
  let y0 = 0;
  let startX = 0;
  let startY = 0;
  const edge = (x: number, y: number) => {
    if (y < top) top = y;
    if (y > bottom) bottom = y;
    addEdge(x0, y0, x, y, width, height);
    x0 = x;
    y0 = y;
  };
  for (let k = 0; k < outline.codeCount; k++) {
    switch (codes[k]) {
      case MOVE:
        if (x0 !== startX || y0 !== startY) edge(startX, startY);
        startX = x0 = points[at]! + offsetX;
        startY = y0 = points[at + 1]! + offsetY;
        if (y0 < top) top = y0;
        if (y0 > bottom) bottom = y0;
        at += 2;
        break;
      case LINE:
        edge(points[at]! + offsetX, points[at + 1]! + offsetY);
        at += 2;
        break;
      case QUADRATIC: {
        const [ax, ay, bx, by] = [x0, y0, points[at]! + offsetX, points[at + 1]! + offsetY];
        const [cx, cy] = [points[at + 2]! + offsetX, points[at + 3]! + offsetY];
        // n chords leave a parabola by at most |a − 2b + c| / (4n²).
        const bend = Math.abs(ax - 2 * bx + cx) + Math.abs(ay - 2 * by + cy);
        const parts = Math.ceil(Math.sqrt(bend / (4 * TOLERANCE))) || 1;
        for (let i = 1; i < parts; i++) {
          const t = i / parts;
          const s = 1 - t;
          edge(s * s * ax + 2 * s * t * bx + t * t * cx, s * s * ay + 2 * s * t * by + t * t * cy);
        }
        edge(cx, cy);
        at += 4;
        break;
      }
      case CUBIC: {
        const [ax, ay, bx, by] = [x0, y0, points[at]! + offsetX, points[at + 1]! + offsetY];
        const [cx, cy] = [points[at + 2]! + offsetX, points[at + 3]! + offsetY];
        const [dx, dy] = [points[at + 4]! + offsetX, points[at + 5]! + offsetY];
        const bend = Math.max(
          Math.abs(ax - 2 * bx + cx) + Math.abs(ay - 2 * by + cy),
          Math.abs(bx - 2 * cx + dx) + Math.abs(by - 2 * cy + dy),
        );
        const parts = Math.ceil(Math.sqrt((0.75 * bend) / TOLERANCE)) || 1;
        for (let i = 1; i < parts; i++) {
          const t = i / parts;
          const s = 1 - t;
          const [p, q, r, u] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
          edge(p * ax + q * bx + r * cx + u * dx, p * ay + q * by + r * cy + u * dy);
        }
        edge(dx, dy);
        at += 6;
        break;
      }
      case CLOSE:
        if (x0 !== startX || y0 !== startY) edge(startX, startY);
        break;
    }
  }
  if (x0 !== startX || y0 !== startY) edge(startX, startY);
  return { first: Math.max(0, Math.floor(top)), last: Math.min(height - 1, Math.ceil(bottom)) };
}

/** Adds one straight edge: cut at pixel rows, then at pixel columns. */
function addEdge(xa: number, ya: number, xb: number, yb: number, width: number, height: number): void {
  if (ya === yb) return;
  const sign = ya < yb ? 1 : -1;
  let x = sign > 0 ? xa : xb;
  let y = sign > 0 ? ya : yb;
  const endY = Math.min(height, sign > 0 ? yb : ya);
  const slope = (xb - xa) / (yb - ya);
  if (y < 0) {
    x -= y * slope;
    y = 0;
  }
  const stride = width + 1;
  while (y < endY) {
    const row = y | 0;
    const nextY = Math.min(row + 1, endY);
    const nextX = x + (nextY - y) * slope;
    const base = row * stride;
    const left = Math.min(x, nextX);
    const right = Math.max(x, nextX);
    const rise = (nextY - y) * sign;
    if (right <= 0) {
      accumulator[base]! += rise; // beyond the left edge: covers the whole row
    } else if (left < width) {
      const first = Math.floor(left);
      if (right <= first + 1) {
        // Within one column (the usual case).
        if (first < 0) accumulator[base]! += rise;
        else addPiece(base + first, rise, (left + right) / 2 - first);
      } else {
        const share = rise / (right - left);
        let from = left;
        if (from < 0) {
          accumulator[base]! -= from * share;
          from = 0;
        }
        for (let column = Math.floor(from); column < width && from < right; column++) {
          const to = Math.min(column + 1, right);
          addPiece(base + column, (to - from) * share, (from + to) / 2 - column);
          from = to;
        }
      }
    }
    x = nextX;
    y = nextY;
  }
}

/** A piece of an edge inside pixel `at`: the pixel's part right of it is covered, and all pixels after it. */
function addPiece(at: number, rise: number, middle: number): void {
  const carried = rise * middle;
  accumulator[at]! += rise - carried;
  accumulator[at + 1]! += carried;
}
