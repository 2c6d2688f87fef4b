/** What tells a digit that stands by itself from a speck: it is in a row with a line that was found. */
import type { DetectorModel } from '../manifest/models.js';
import type { LineBox } from './line-box.js';

type Rules = DetectorModel['postprocessing'];

/** Where a point lies in a line: along it and across it from its centre. */
function within({ x, y, angle }: LineBox, px: number, py: number): [along: number, across: number] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [(px - x) * cos + (py - y) * sin, (py - y) * cos - (px - x) * sin];
}

/** Whether a line covers one of the cells. */
export function coversOne(
  line: LineBox,
  cells: readonly number[],
  coreWidth: number,
  { coreStride }: Rules,
): boolean {
  return cells.some((cell) => {
    const [x, y] = [
      ((cell % coreWidth) + 0.5) * coreStride,
      (Math.floor(cell / coreWidth) + 0.5) * coreStride,
    ];
    const [along, across] = within(line, x, y);
    return Math.abs(along) <= line.length / 2 && Math.abs(across) <= line.height / 2;
  });
}

/** Lines that make a row, in the direction that most of them have: a word's own is off by a degree or two. */
export function rowsOf(lines: readonly LineBox[], { loneSigns: { row } }: Rules): LineBox[] {
  const long = lines.filter(({ length, height }) => length >= row.length * height);
  const half = long.reduce((sum, { length }) => sum + length, 0) / 2;
  let [before, common] = [0, 0];
  for (const { angle, length } of long.toSorted((a, b) => a.angle - b.angle)) {
    if (before < half) common = angle;
    before += length;
  }
  return long.map((line) => (Math.abs(line.angle - common) < row.turn ? { ...line, angle: common } : line));
}

export function isLoneSign(
  sign: LineBox,
  rows: readonly LineBox[],
  { loneSigns, leastHeight }: Rules,
): boolean {
  const { leastConfidence, longest, row } = loneSigns;
  if (sign.confidence < leastConfidence || sign.height < leastHeight) return false;
  if (sign.length > longest * sign.height) return false;
  return rows.some((line) => {
    const [, across] = within(line, sign.x, sign.y);
    const ratio = Math.max(sign.height, line.height) / Math.min(sign.height, line.height);
    return Math.abs(across) < row.offset * line.height && ratio <= row.ratio;
  });
}
