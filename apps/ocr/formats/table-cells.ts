/** Rows whose words stand far apart in columns: the items and prices of a receipt, a table without rules. */
import type { Point } from '../../../models/base/image.js';
import type { ReadLine } from '../document.js';
import { angleOf, heightOf, wordsOf } from './shapes.js';

/** Space between two cells, in line heights: more than justified text has between words. */
const CELL_GAP = 2;
/** The same within what is known to be a table, whose columns of figures may stand closer. */
const FIGURE_GAP = 1;
/** Least share of a table's rows that have several cells. */
const LEAST_ROWS = 0.6;

interface Cell {
  text: string;
  /** Extent along the lines, in pixels. */
  readonly start: number;
  end: number;
}

/** Whether a line has words that stand far apart. */
export function hasGaps(line: ReadLine): boolean {
  return cellsOf(line, angleOf(line.quad), CELL_GAP).length > 1;
}

/** The texts of a paragraph's cells, row by row, as many in each; undefined where its lines are no table. */
export function tableCells(lines: readonly ReadLine[]): string[][] | undefined {
  if (lines.length < 2) return undefined;
  const angle = angleOf(lines[0]!.quad);
  const divided = lines.filter((line) => cellsOf(line, angle, CELL_GAP).length > 1);
  if (divided.length < 2 || divided.length < LEAST_ROWS * lines.length) return undefined;
  const rows = lines.map((line) => cellsOf(line, angle, FIGURE_GAP));
  const columns = columnsOf(rows.filter((row) => row.length > 1).flat());
  if (columns.length < 2) return undefined;
  return rows.map((row) => {
    const texts = columns.map(() => [] as string[]);
    for (const cell of row) texts[nearest(columns, cell)]!.push(cell.text);
    return texts.map((parts) => parts.join(' '));
  });
}

/** @param least space between two cells, in line heights */
function cellsOf(line: ReadLine, degrees: number, least: number): Cell[] {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const along = ([x, y]: Point) => x * cos + y * sin;
  const gap = least * heightOf(line.quad);
  const cells: Cell[] = [];
  for (const { text, quad } of wordsOf(line)) {
    const [start, end] = [along(quad[0]), along(quad[1])];
    const last = cells.at(-1);
    if (last && start - last.end < gap) {
      last.text += ` ${text}`;
      last.end = end;
    } else cells.push({ text, start, end });
  }
  return cells;
}

/** What cells cover together, left to right: cells that overlap, directly or by way of others, are of one column. */
function columnsOf(cells: readonly Cell[]): { start: number; end: number }[] {
  const columns: { start: number; end: number }[] = [];
  for (const { start, end } of [...cells].sort((a, b) => a.start - b.start)) {
    const last = columns.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else columns.push({ start, end });
  }
  return columns;
}

/** Index of the first column that is least far away; 0 away where they overlap. */
function nearest(columns: readonly { start: number; end: number }[], cell: Cell): number {
  const distances = columns.map(({ start, end }) => Math.max(0, start - cell.end, cell.start - end));
  return distances.indexOf(Math.min(...distances));
}
