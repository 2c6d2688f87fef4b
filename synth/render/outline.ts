/**
 * Outlines as flat arrays: one code a segment, its points in one list. Far cheaper than a list of command objects, and
 * a map of points (a distortion) is one loop over the coordinates.
 */
import type { Point } from '../../models/base/image.js';

export const MOVE = 0;
export const LINE = 1;
export const QUADRATIC = 2;
export const CUBIC = 3;
export const CLOSE = 4;

/** Coordinates (2 a point) that a segment code takes. */
export const COORDINATES = [2, 2, 4, 6, 0] as const;

/** left, top, right, bottom; `left > right` where there is nothing. */
export type Bounds = { left: number; top: number; right: number; bottom: number };

export type PointMap = (x: number, y: number) => Point;

/** Closed contours made of lines and Bézier curves; x right, y down (glyphs in font units: y up). */
export class Outline {
  codes: Uint8Array = new Uint8Array(64);
  points: Float32Array = new Float32Array(256);
  /** Used length of `codes`. */
  codeCount = 0;
  /** Used length of `points` (two a point). */
  pointCount = 0;

  clear(): void {
    this.codeCount = 0;
    this.pointCount = 0;
  }

  /** Gives back what the arrays have too much, for outlines that are kept. */
  trim(): void {
    this.codes = this.codes.slice(0, this.codeCount);
    this.points = this.points.slice(0, this.pointCount);
  }

  get empty(): boolean {
    return this.codeCount === 0;
  }

  /** Adds one segment: its control points, then its end point. */
  add(code: number, ...coordinates: number[]): void {
    this.#reserve(1, coordinates.length);
    this.codes[this.codeCount++] = code;
    for (const value of coordinates) this.points[this.pointCount++] = value;
  }

  /** Adds a closed polygon. */
  addPolygon(corners: readonly Point[]): void {
    corners.forEach(([x, y], i) => {
      this.add(i === 0 ? MOVE : LINE, x, y);
    });
    this.add(CLOSE);
  }

  addRectangle(left: number, top: number, right: number, bottom: number): void {
    this.addPolygon([
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]);
  }

  /** Appends `other` under the affine map x' = a·x + c·y + e, y' = b·x + d·y + f (the canvas's order). */
  append(other: Outline, a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.#reserve(other.codeCount, other.pointCount);
    this.codes.set(other.codes.subarray(0, other.codeCount), this.codeCount);
    this.codeCount += other.codeCount;
    const { points } = this;
    const from = other.points;
    let to = this.pointCount;
    for (let i = 0; i < other.pointCount; i += 2) {
      const x = from[i] as number;
      const y = from[i + 1] as number;
      points[to++] = a * x + c * y + e;
      points[to++] = b * x + d * y + f;
    }
    this.pointCount = to;
  }

  /** Moves every point, in place. Curves follow through their control points: subdivide first where the map bends. */
  map(move: PointMap): void {
    const { points } = this;
    for (let i = 0; i < this.pointCount; i += 2) {
      const [x, y] = move(points[i] as number, points[i + 1] as number);
      points[i] = x;
      points[i + 1] = y;
    }
  }

  bounds(): Bounds {
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (let i = 0; i < this.pointCount; i += 2) {
      const x = this.points[i] as number;
      const y = this.points[i + 1] as number;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      if (y < box.top) box.top = y;
      if (y > box.bottom) box.bottom = y;
    }
    return box;
  }

  /** Twice the signed area of the polygon of all points; positive where it winds clockwise on screen (y down). */
  windingArea(): number {
    let sum = 0;
    this.#forEachContour((_code, _codeEnd, from, to) => {
      let px = this.points[to - 2]!;
      let py = this.points[to - 1]!;
      for (let i = from; i < to; i += 2) {
        const x = this.points[i]!;
        const y = this.points[i + 1]!;
        sum += px * y - x * py;
        px = x;
        py = y;
      }
    });
    return sum;
  }

  /** Turns the direction of every contour, in place. */
  reverse(): void {
    this.#forEachContour((code, codeEnd, from, to) => {
      // Points backwards, segments backwards: a curve keeps its control points between the same ends.
      this.codes.subarray(code + 1, codeEnd).reverse();
      const points = this.points.subarray(from, to).reverse();
      for (let i = 0; i < points.length; i += 2) {
        const y = points[i]!;
        points[i] = points[i + 1]!;
        points[i + 1] = y;
      }
    });
  }

  /** Calls with each contour's range of codes (its MOVE to before its CLOSE) and of points. */
  #forEachContour(visit: (code: number, codeEnd: number, from: number, to: number) => void): void {
    let start = 0;
    let from = 0;
    let at = 0;
    const end = (code: number) => {
      if (at > from) visit(start, code, from, at);
      from = at;
    };
    for (let k = 0; k < this.codeCount; k++) {
      const code = this.codes[k]!;
      if (code === MOVE) {
        end(k);
        start = k;
      } else if (code === CLOSE) {
        end(k);
      }
      at += COORDINATES[code]!;
    }
    end(this.codeCount);
  }

  /** The same shape from segments no longer than `longest`, so that a bending map bends them. */
  subdivided(longest: number): Outline {
    const out = new Outline();
    out.#reserve(this.codeCount * 2, this.pointCount * 2);
    const p = this.points;
    let at = 0;
    let x0 = 0;
    let y0 = 0;
    let startX = 0;
    let startY = 0;
    for (let k = 0; k < this.codeCount; k++) {
      const code = this.codes[k] as number;
      if (code === CLOSE) {
        out.#line(x0, y0, startX, startY, longest);
        out.add(CLOSE);
        x0 = startX;
        y0 = startY;
        continue;
      }
      const x = p[at + (COORDINATES[code] as number) - 2] as number;
      const y = p[at + (COORDINATES[code] as number) - 1] as number;
      if (code === MOVE) {
        out.add(MOVE, x, y);
        startX = x;
        startY = y;
      } else if (code === LINE) {
        out.#line(x0, y0, x, y, longest);
      } else {
        const parts = Math.min(16, Math.max(1, Math.ceil(Math.hypot(x - x0, y - y0) / longest)));
        if (code === QUADRATIC) out.#quadratic(x0, y0, p[at]!, p[at + 1]!, x, y, parts);
        else out.#cubic(x0, y0, p[at]!, p[at + 1]!, p[at + 2]!, p[at + 3]!, x, y, parts);
      }
      x0 = x;
      y0 = y;
      at += COORDINATES[code] as number;
    }
    return out;
  }

  #line(x0: number, y0: number, x: number, y: number, longest: number): void {
    const parts = Math.min(64, Math.ceil(Math.hypot(x - x0, y - y0) / longest));
    for (let i = 1; i <= parts; i++) this.add(LINE, x0 + ((x - x0) * i) / parts, y0 + ((y - y0) * i) / parts);
  }

  /** Cuts a curve into `parts` of equal parameter length: each keeps the curve's tangent at its ends. */
  #quadratic(x0: number, y0: number, cx: number, cy: number, x: number, y: number, parts: number): void {
    const half = 0.5 / parts;
    for (let i = 0; i < parts; i++) {
      const t0 = i / parts;
      const t1 = (i + 1) / parts;
      const sx = bezier2(x0, cx, x, t0);
      const sy = bezier2(y0, cy, y, t0);
      this.add(
        QUADRATIC,
        sx + slope2(x0, cx, x, t0) * half,
        sy + slope2(y0, cy, y, t0) * half,
        bezier2(x0, cx, x, t1),
        bezier2(y0, cy, y, t1),
      );
    }
  }

  #cubic(
    x0: number,
    y0: number,
    ax: number,
    ay: number,
    bx: number,
    by: number,
    x: number,
    y: number,
    parts: number,
  ): void {
    const third = 1 / (3 * parts);
    for (let i = 0; i < parts; i++) {
      const t0 = i / parts;
      const t1 = (i + 1) / parts;
      const ex = bezier3(x0, ax, bx, x, t1);
      const ey = bezier3(y0, ay, by, y, t1);
      this.add(
        CUBIC,
        bezier3(x0, ax, bx, x, t0) + slope3(x0, ax, bx, x, t0) * third,
        bezier3(y0, ay, by, y, t0) + slope3(y0, ay, by, y, t0) * third,
        ex - slope3(x0, ax, bx, x, t1) * third,
        ey - slope3(y0, ay, by, y, t1) * third,
        ex,
        ey,
      );
    }
  }

  #reserve(codes: number, coordinates: number): void {
    if (this.codeCount + codes > this.codes.length) {
      const grown = new Uint8Array(Math.max(this.codes.length * 2, this.codeCount + codes));
      grown.set(this.codes);
      this.codes = grown;
    }
    if (this.pointCount + coordinates > this.points.length) {
      const grown = new Float32Array(Math.max(this.points.length * 2, this.pointCount + coordinates));
      grown.set(this.points);
      this.points = grown;
    }
  }
}

const bezier2 = (p0: number, c: number, p1: number, t: number) =>
  (1 - t) * (1 - t) * p0 + 2 * t * (1 - t) * c + t * t * p1;
const slope2 = (p0: number, c: number, p1: number, t: number) => 2 * ((1 - t) * (c - p0) + t * (p1 - c));
const bezier3 = (p0: number, a: number, b: number, p1: number, t: number) =>
  (1 - t) ** 3 * p0 + 3 * t * (1 - t) ** 2 * a + 3 * t * t * (1 - t) * b + t ** 3 * p1;
const slope3 = (p0: number, a: number, b: number, p1: number, t: number) =>
  3 * ((1 - t) ** 2 * (a - p0) + 2 * t * (1 - t) * (b - a) + t * t * (p1 - b));
