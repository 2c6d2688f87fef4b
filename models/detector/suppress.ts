/** Lines found at several scales → one list. */
import type { DetectedLine } from './detection.js';
import { lineFrame } from './line-frame.js';
import { intersectionArea, quadArea } from './quad-overlap.js';

interface Measured {
  readonly line: DetectedLine;
  readonly area: number;
  readonly height: number;
  /** Bounding box: most lines are far apart, and that is quickly told. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function measure(line: DetectedLine): Measured {
  const [[ax, ay], [bx, by], [cx, cy], [dx, dy]] = line.quad;
  return {
    line,
    area: quadArea(line.quad),
    height: lineFrame(line.quad).height,
    left: Math.min(ax, bx, cx, dx),
    right: Math.max(ax, bx, cx, dx),
    top: Math.min(ay, by, cy, dy),
    bottom: Math.max(ay, by, cy, dy),
  };
}

function sharedArea(a: Measured, b: Measured): number {
  if (a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom) return 0;
  return intersectionArea(a.line.quad, b.line.quad);
}

/**
 * Adds giant lettering found on a reduced copy to the lines of the main copy.
 *
 * Where both saw a line of one height, the longer one stays (the main copy sees pieces of letters that are too large for
 * it). A giant line that is largely made of much lower lines is a block of text seen from afar and is dropped; what
 * little is found within a true giant line is dropped with it.
 */
export function mergeScales(main: readonly DetectedLine[], giant: readonly DetectedLine[]): DetectedLine[] {
  let kept = main.map(measure);
  for (const candidate of giant.map(measure).sort((a, b) => b.area - a.area)) {
    const over = kept
      .map((other) => ({ other, shared: sharedArea(other, candidate) }))
      .filter(({ other, shared }) => shared > 0.3 * Math.min(other.area, candidate.area));
    const rivals = over.filter(({ other }) => other.height > 0.55 * candidate.height);
    if (rivals.some(({ other }) => other.area * 1.2 >= candidate.area)) continue;
    const small = over.filter(({ other }) => other.height <= 0.55 * candidate.height);
    const covered = small.reduce((sum, { shared }) => sum + shared, 0) / candidate.area;
    if (covered > 0.3) continue;
    const inside = new Set(
      over.filter(({ other, shared }) => shared > 0.6 * other.area).map(({ other }) => other),
    );
    kept = kept.filter((other) => !inside.has(other));
    kept.push(candidate);
  }
  return kept.map(({ line }) => line);
}

/** Drops lines that lie largely within a larger one. */
export function dropContained(lines: readonly DetectedLine[], share = 0.6): DetectedLine[] {
  const sorted = lines.map(measure).sort((a, b) => b.area - a.area);
  const kept: Measured[] = [];
  for (const line of sorted) {
    if (kept.every((other) => sharedArea(other, line) <= share * line.area)) kept.push(line);
  }
  const left = new Set(kept.map(({ line }) => line));
  return lines.filter((line) => left.has(line));
}
