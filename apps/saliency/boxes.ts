/** Connected parts of a mask, found row by row from runs of subject pixels (neighbours touch by a side or a corner). */
import type { GrayImage } from '../../models/base/image.js';
import type { SubjectBox } from './subject.js';

/** Parts below this share of the picture are specks. */
export const SMALLEST_PART = 0.001;

interface Part {
  area: number;
  mass: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** The part that this one turned out to be a piece of. */
  joined: Part | undefined;
}

interface Run {
  readonly start: number;
  /** Behind the last pixel. */
  readonly end: number;
  readonly part: Part;
}

/** @param level smallest value of the map that is subject. @returns the most salient first. */
export function findBoxes({ width, height, data }: GrayImage, level: number): SubjectBox[] {
  const parts: Part[] = [];
  let above: Run[] = [];
  for (let y = 0; y < height; y++) {
    const runs: Run[] = [];
    let next = 0;
    for (let x = 0; x < width; x++) {
      if (data[y * width + x]! < level) continue;
      const start = x;
      let mass = 0;
      for (; x < width && data[y * width + x]! >= level; x++) mass += data[y * width + x]!;
      const run = { area: x - start, mass, left: start, right: x, top: y, bottom: y + 1 };
      while (next < above.length && above[next]!.end < start) next++;
      let part: Part | undefined;
      for (let index = next; index < above.length && above[index]!.start <= x; index++)
        part = join(part, rootOf(above[index]!.part));
      if (part) absorb(part, run);
      else {
        part = { ...run, joined: undefined };
        parts.push(part);
      }
      runs.push({ start, end: x, part });
    }
    above = runs;
  }
  const whole = parts.filter((part) => !part.joined);
  const mass = whole.reduce((sum, part) => sum + part.mass, 0);
  return whole
    .filter(({ area }) => area >= SMALLEST_PART * width * height)
    .sort((a, b) => b.mass - a.mass || a.top - b.top || a.left - b.left)
    .map((part) => ({
      x: part.left,
      y: part.top,
      width: part.right - part.left,
      height: part.bottom - part.top,
      area: part.area,
      share: part.mass / mass,
    }));
}

function rootOf(part: Part): Part {
  let root = part;
  while (root.joined) root = root.joined;
  for (let at = part; at.joined && at.joined !== root; ) {
    const next = at.joined;
    at.joined = root;
    at = next;
  }
  return root;
}

function join(part: Part | undefined, other: Part): Part {
  if (!part || part === other) return other;
  const [large, small] = part.area >= other.area ? [part, other] : [other, part];
  absorb(large, small);
  small.joined = large;
  return large;
}

function absorb(part: Part, other: Omit<Part, 'joined'>): void {
  part.area += other.area;
  part.mass += other.mass;
  part.left = Math.min(part.left, other.left);
  part.right = Math.max(part.right, other.right);
  part.top = Math.min(part.top, other.top);
  part.bottom = Math.max(part.bottom, other.bottom);
}
