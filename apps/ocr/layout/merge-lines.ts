/** Joins detections that are parts of one printed line. */
import type { Quad } from '../../../models/base/image.js';
import { enclosingQuad, quadAngle, quadHeight, quadWidth, straighten } from './geometry.js';
import { groupRows } from './rows.js';

/** Widest gap, in line heights, across which two detections are one line: less than a blank of running text. */
const MERGE_GAP = 0.35;
/** Heights of the parts of one line differ by at most this factor. */
const MOST_HEIGHT_RATIO = 1.4;
/** Most difference of the middles, in heights. */
const MOST_SHIFT = 0.3;

export interface Detected {
  readonly quad: Quad;
  readonly confidence: number;
}

/** @param slope the page's skew in radians, clockwise positive */
export function mergeLines<T extends Detected>(lines: readonly T[], slope: number): Detected[] {
  const extents = straighten(
    lines.map((line) => line.quad),
    slope,
  );
  const boxes = extents.map((extent, index) => ({ ...extent, line: lines[index] as T }));
  const lying = boxes.filter(({ line }) => isLying(line.quad, slope));
  const others = boxes.filter(({ line }) => !isLying(line.quad, slope)).map(({ line }) => line);
  const merged: Detected[] = [];
  for (const row of groupRows(lying)) {
    let group: typeof row = [];
    const flush = () => {
      const [first] = group;
      if (!first) return;
      const quads = group.map(({ line }) => line.quad);
      merged.push(
        group.length === 1
          ? first.line
          : {
              quad: enclosingQuad(quads, averageAngle(quads)),
              confidence: Math.min(...group.map(({ line }) => line.confidence)),
            },
      );
    };
    for (const box of row) {
      const last = group[group.length - 1];
      if (last && !belongTogether(last, box)) {
        flush();
        group = [];
      }
      group.push(box);
    }
    flush();
  }
  return [...merged, ...others];
}

function isLying(quad: Quad, slope: number): boolean {
  return Math.abs(Math.sin(quadAngle(quad) - slope)) < 0.2 && quadWidth(quad) >= 0.3 * quadHeight(quad);
}

function belongTogether(
  a: { left: number; right: number; top: number; bottom: number },
  b: { left: number; right: number; top: number; bottom: number },
): boolean {
  const heights = [a.bottom - a.top, b.bottom - b.top];
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const shift = Math.abs(a.top + a.bottom - b.top - b.bottom) / 2;
  return b.left - a.right <= MERGE_GAP * low && high <= MOST_HEIGHT_RATIO * low && shift <= MOST_SHIFT * low;
}

/** Mean direction of the parts, the longer ones counting more. */
function averageAngle(quads: readonly Quad[]): number {
  const weight = quads.reduce((sum, quad) => sum + quadWidth(quad), 0);
  return quads.reduce((sum, quad) => sum + quadAngle(quad) * quadWidth(quad), 0) / Math.max(1e-9, weight);
}
