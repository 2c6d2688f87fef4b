/**
 * Single digits and letters that stand by themselves: quantities in a table, ticks, section numbers. Their cores are a few
 * cells, hardly surer than specks; what tells them apart is that they stand in a row with a line that was found.
 */
import { connectedComponents, type Extent } from './components.js';
import type { LineFitter } from './fit-line.js';
import type { FramedLine, LineFrame } from './line-frame.js';
import { CORE_STRIDE, type DetectionMaps } from './maps.js';

/**
 * `threshold` of core cells and `minConfidence` of their mean, both lower than those of lines; `longest` in heights.
 * `row`: least length of the line that makes it, in heights, greatest distance of the middles across it, in heights,
 * greatest ratio of the two heights, and greatest turn (radians) from the page's common direction at which a line is taken to have
 * that one.
 */
export const LONE_SIGNS = {
  threshold: 0.3,
  minConfidence: 0.4,
  longest: 1.2,
  row: { length: 1.5, offset: 0.3, ratio: 1.35, turn: 0.1 },
} as const;

/** @param lines what was found; what they cover is not looked at again */
export function findLoneSigns(
  maps: DetectionMaps,
  lines: readonly FramedLine[],
  fitter: LineFitter,
  extent: Extent,
): FramedLine[] {
  const { threshold, minConfidence, longest, row } = LONE_SIGNS;
  const long = lines.map(({ frame }) => frame).filter(({ length, height }) => length >= row.length * height);
  if (long.length === 0) return [];
  // A word's own direction is off by a degree or two, which far from it is a row.
  const common = commonAngle(long);
  const rows = long.map((frame) =>
    Math.abs(frame.angle - common) < row.turn ? { ...frame, angle: common } : frame,
  );
  return connectedComponents(maps, threshold, extent).flatMap((cells) =>
    lines.some(({ frame }) => coversOne(frame, cells, maps.coreWidth))
      ? []
      : fitter
          .fit(cells, 0)
          .filter(
            ({ frame, confidence }) =>
              confidence >= minConfidence &&
              frame.length <= longest * frame.height &&
              rows.some((line) => standsInRow(frame, line)),
          ),
  );
}

/** Median of the directions, by length. */
function commonAngle(frames: readonly LineFrame[]): number {
  const sorted = frames.toSorted((a, b) => a.angle - b.angle);
  const half = frames.reduce((sum, { length }) => sum + length, 0) / 2;
  let before = 0;
  for (const { angle, length } of sorted) {
    before += length;
    if (before >= half) return angle;
  }
  return 0;
}

/** Where a point lies in a line: along it and across it from its centre. */
function within({ centre, angle }: LineFrame, x: number, y: number): [along: number, across: number] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [x - centre[0], y - centre[1]];
  return [dx * cos + dy * sin, dy * cos - dx * sin];
}

function coversOne(frame: LineFrame, cells: Int32Array, coreWidth: number): boolean {
  return cells.some((cell) => {
    const x = ((cell % coreWidth) + 0.5) * CORE_STRIDE;
    const y = (Math.floor(cell / coreWidth) + 0.5) * CORE_STRIDE;
    const [along, across] = within(frame, x, y);
    return Math.abs(along) <= frame.length / 2 && Math.abs(across) <= frame.height / 2;
  });
}

function standsInRow(sign: LineFrame, line: LineFrame): boolean {
  const { offset, ratio } = LONE_SIGNS.row;
  const [, across] = within(line, ...sign.centre);
  return (
    Math.abs(across) < offset * line.height &&
    Math.max(sign.height, line.height) <= ratio * Math.min(sign.height, line.height)
  );
}
