/**
 * Labelled lines → the maps that the network is to give. The core is a thin band along the middle of a line, so that
 * neighbouring lines stay apart in it (shrunken text kernels: Wang et al. 2019, PSENet; Liao et al. 2020, DB); what
 * was cut away is found again from the distances to the line's edges (Zhou et al. 2017, EAST).
 */
import type { LabelledLine, Point, Quad } from '../base/image.js';
import { type CoreShape, DEFAULT_DETECTOR_CONFIG, type HeightRange } from './config.js';
import { type LineFrame, lineFrame } from './line-frame.js';
import { CORE_STRIDE, encodeDistance, GEOMETRY_CHANNELS, GEOMETRY_STRIDE } from './maps.js';
import { fillPolygon } from './polygon.js';

export interface DetectionTargets {
  /** Cells of the core map, height × width of half the input; row by row. */
  readonly coreWidth: number;
  readonly coreHeight: number;
  /** 1 in a core, else 0. */
  readonly core: Float32Array;
  /** Share of the cell in the loss: 0 where ignored. */
  readonly coreWeight: Float32Array;
  /** Cells of the geometry map: a quarter of the input. */
  readonly geometryWidth: number;
  readonly geometryHeight: number;
  /** [height, width, 4]: encoded distance to top and bottom, cos 2θ, sin 2θ. */
  readonly geometry: Float32Array;
  readonly geometryWeight: Float32Array;
}

export interface TargetOptions {
  readonly core: CoreShape;
  readonly heights: HeightRange;
}

/** Height and length of the core of a line of the given height and length, in pixels. */
export function coreExtent(
  height: number,
  length: number,
  core: CoreShape,
): { thickness: number; cut: number } {
  return {
    thickness: Math.min(0.7 * height, Math.max(core.thickness * height, core.minThickness)),
    // A single sign keeps three cells where it has them: fewer are hardly ever found again.
    cut: Math.max(0, Math.min(core.endCut * height, length / 4, (length - LEAST_CORE) / 2)),
  };
}

/** Pixels that a core is long, if its line is. */
export const LEAST_CORE = 3 * CORE_STRIDE;

/**
 * What a cell of a line counts. Small print has few cells and is as much worth finding; so are single signs beside whole
 * lines, of whose cells they would be a fiftieth.
 */
function cellWeight({ height, length }: LineFrame): number {
  const low = Math.min(2.5, Math.max(0.4, Math.sqrt(16 / height)));
  const short = Math.min(3, Math.max(1, Math.sqrt((4 * height) / Math.max(length, 1e-6))));
  return low * short;
}

/** Length of a line from its core's length: the inverse of `coreExtent`, but for signs of a few pixels. */
export function lengthFromCore(coreLength: number, height: number, core: CoreShape): number {
  return Math.min(coreLength + 2 * core.endCut * height, 2 * coreLength);
}

/**
 * @param lines quads in pixels of the input; may reach beyond it
 * @param width, height of the input in pixels, multiples of 4
 */
export function makeTargets(
  lines: readonly LabelledLine[],
  width: number,
  height: number,
  options: TargetOptions = DEFAULT_DETECTOR_CONFIG,
): DetectionTargets {
  const coreWidth = Math.floor(width / CORE_STRIDE);
  const coreHeight = Math.floor(height / CORE_STRIDE);
  const geometryWidth = Math.floor(width / GEOMETRY_STRIDE);
  const geometryHeight = Math.floor(height / GEOMETRY_STRIDE);
  const core = new Float32Array(coreWidth * coreHeight);
  const coreWeight = new Float32Array(coreWidth * coreHeight).fill(1);
  const geometry = new Float32Array(geometryWidth * geometryHeight * GEOMETRY_CHANNELS);
  const geometryWeight = new Float32Array(geometryWidth * geometryHeight);
  // How far (in line heights) a geometry cell is from the middle of the line that owns it.
  const distance = new Float32Array(geometryWidth * geometryHeight).fill(Infinity);
  const { absentBelow, least, most, absentAbove } = options.heights;

  const prepared = lines
    .map((line) => ({ line, frame: lineFrame(line.quad) }))
    .filter(({ line, frame }) => line.quad.every(([x, y]) => Number.isFinite(x + y)) && frame.height > 0);
  // Whole lines first: 0 where ignored, a little more than background's weight inside lines, where cores must end.
  for (const { line, frame } of prepared) {
    if (frame.height < absentBelow || frame.height > absentAbove) {
      if (!line.ignore) continue;
    }
    const ignored = line.ignore || frame.height < least || frame.height > most;
    fillPolygon(scaled(line.quad, CORE_STRIDE), coreWidth, coreHeight, (y, start, end) => {
      const row = y * coreWidth;
      for (let x = start; x < end; x++) {
        if (ignored) coreWeight[row + x] = 0;
        else if (coreWeight[row + x]! > 0) coreWeight[row + x] = 1.5;
      }
    });
  }
  for (const { line, frame } of prepared) {
    if (line.ignore || frame.height < least || frame.height > most) continue;
    const { thickness, cut } = coreExtent(frame.height, frame.length, options.core);
    const weight = cellWeight(frame);
    const band = innerQuad(line.quad, cut / Math.max(frame.length, 1e-6), (1 - thickness / frame.height) / 2);
    fillPolygon(scaled(band, CORE_STRIDE), coreWidth, coreHeight, (y, start, end) => {
      const row = y * coreWidth;
      for (let x = start; x < end; x++) {
        core[row + x] = 1;
        coreWeight[row + x] = weight;
      }
    });

    const top = edge(line.quad[0], line.quad[1], frame.angle);
    const bottom = edge(line.quad[3], line.quad[2], frame.angle);
    const cos2 = Math.cos(2 * frame.angle);
    const sin2 = Math.sin(2 * frame.angle);
    fillPolygon(scaled(line.quad, GEOMETRY_STRIDE), geometryWidth, geometryHeight, (y, start, end) => {
      const py = (y + 0.5) * GEOMETRY_STRIDE;
      for (let x = start; x < end; x++) {
        const px = (x + 0.5) * GEOMETRY_STRIDE;
        const up = Math.abs(top.a * px + top.b * py + top.c);
        const down = Math.abs(bottom.a * px + bottom.b * py + bottom.c);
        const off = Math.abs(up - down) / (up + down + 1e-6);
        const i = y * geometryWidth + x;
        if (off >= distance[i]!) continue;
        distance[i] = off;
        geometryWeight[i] = weight;
        const g = i * GEOMETRY_CHANNELS;
        geometry[g] = encodeDistance(up);
        geometry[g + 1] = encodeDistance(down);
        geometry[g + 2] = cos2;
        geometry[g + 3] = sin2;
      }
    });
  }
  return { coreWidth, coreHeight, core, coreWeight, geometryWidth, geometryHeight, geometry, geometryWeight };
}

function scaled(points: readonly Point[], stride: number): Point[] {
  return points.map(([x, y]) => [x / stride, y / stride]);
}

/** The quad without a share `u` at either end and a share `v` above and below. */
function innerQuad([a, b, c, d]: Quad, u: number, v: number): Point[] {
  const at = (s: number, t: number): Point => [
    (a[0] * (1 - s) + b[0] * s) * (1 - t) + (d[0] * (1 - s) + c[0] * s) * t,
    (a[1] * (1 - s) + b[1] * s) * (1 - t) + (d[1] * (1 - s) + c[1] * s) * t,
  ];
  return [at(u, v), at(1 - u, v), at(1 - u, 1 - v), at(u, 1 - v)];
}

/** The line through p and q as a·x + b·y + c = signed distance; through p along `angle` where the two coincide. */
function edge(p: Point, q: Point, angle: number): { a: number; b: number; c: number } {
  let dx = q[0] - p[0];
  let dy = q[1] - p[1];
  const length = Math.hypot(dx, dy);
  if (length < 1e-6) {
    dx = Math.cos(angle);
    dy = Math.sin(angle);
  } else {
    dx /= length;
    dy /= length;
  }
  return { a: -dy, b: dx, c: dy * p[0] - dx * p[1] };
}
