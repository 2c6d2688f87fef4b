/** A quad seen as a line of text: its middle axis, length and height. */
import type { Point, Quad } from '../base/image.js';

export interface LineFrame {
  readonly centre: Point;
  /** Reading direction in radians, clockwise from the x axis (y grows downwards), in (−π, π]. */
  readonly angle: number;
  readonly length: number;
  readonly height: number;
}

/** A line that was found. */
export interface FramedLine {
  readonly frame: LineFrame;
  readonly confidence: number;
}

export function lineFrame(quad: Quad): LineFrame {
  const [a, b, c, d] = quad;
  const left: Point = [(a[0] + d[0]) / 2, (a[1] + d[1]) / 2];
  const right: Point = [(b[0] + c[0]) / 2, (b[1] + c[1]) / 2];
  const dx = right[0] - left[0];
  const dy = right[1] - left[1];
  const length = Math.hypot(dx, dy);
  // A quad without length still has a direction where it has a height.
  const angle = length > 1e-6 ? Math.atan2(dy, dx) : Math.atan2(-(d[0] - a[0]), d[1] - a[1]);
  const nx = -Math.sin(angle);
  const ny = Math.cos(angle);
  const height = Math.abs((d[0] - a[0] + c[0] - b[0]) * nx + (d[1] - a[1] + c[1] - b[1]) * ny) / 2;
  return { centre: [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2], angle, length, height };
}

export function frameToQuad({ centre: [x, y], angle, length, height }: LineFrame): Quad {
  const ux = (Math.cos(angle) * length) / 2;
  const uy = (Math.sin(angle) * length) / 2;
  const vx = (-Math.sin(angle) * height) / 2;
  const vy = (Math.cos(angle) * height) / 2;
  return [
    [x - ux - vx, y - uy - vy],
    [x + ux - vx, y + uy - vy],
    [x + ux + vx, y + uy + vy],
    [x - ux + vx, y - uy + vy],
  ];
}

/** Widest turn to the left (towards −90°) that still counts as upright; beyond it text is taken to run downwards. */
const STEEPEST_RISE = (-80 * Math.PI) / 180;

/**
 * One of the two opposite directions of a line: the one in (−80°, 100°], i.e. left to right, and top to bottom where the
 * line stands upright, so that the lines of a page on its side all point the same way.
 */
export function readingAngle(angle: number): number {
  let a = angle % Math.PI;
  if (a <= STEEPEST_RISE) a += Math.PI;
  else if (a > STEEPEST_RISE + Math.PI) a -= Math.PI;
  return a;
}
