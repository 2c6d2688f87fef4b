/**
 * In which order a person reads the lines of a page: a recursive XY-cut (Nagy, Seth 1984) over line boxes. Where a run of
 * the page has a vertical gutter with running text on both sides, the left side is read before the right one; a gutter
 * through a table, a form or a receipt is no column border, and such runs are read row by row.
 */
import { findColumns } from './columns.js';
import { type Extent, median } from './geometry.js';
import { groupRows } from './rows.js';

/** A line's place; `index` says which line it is. */
export interface Placed extends Extent {
  readonly index: number;
}

/** Rows of one block, top to bottom; each row's boxes from left to right. */
export type Block = Placed[][];

export interface ReadingOrderOptions {
  /** Look for columns (default) or read the page as one. */
  readonly columns?: boolean;
}

/** Boxes are shrunk by this share of their height when the page is cut, as detections overlap a little. */
const SHRINK = 0.2;
/** Gap between rows, in line heights beyond the usual gap, that starts a new block. */
const BLOCK_GAP = 0.9;

/** The blocks of a page in reading order. Extents must be free of the page's skew (see `straighten`). */
export function readingOrder(extents: readonly Extent[], options: ReadingOrderOptions = {}): Block[] {
  const boxes = extents.map((extent, index) => ({ ...extent, index }));
  // The result must not depend on the order in which lines were detected.
  boxes.sort((a, b) => a.top - b.top || a.left - b.left || a.bottom - b.bottom || a.right - b.right);
  if (boxes.length === 0) return [];
  if (options.columns === false) return [groupRows(boxes)];
  // Text that runs up or down the margin is read last; it would close every gap between rows beside it.
  const isUpright = (box: Placed) => box.bottom - box.top <= 2.5 * (box.right - box.left);
  const upright = boxes.filter(isUpright);
  const standing = boxes.filter((box) => !isUpright(box));
  const typical = median(upright.map((box) => box.bottom - box.top));
  const isMarginal = (box: Placed) => box.bottom - box.top > 2.5 * typical;
  const margin = standing.filter(isMarginal);
  const body = margin.length === 0 ? boxes : boxes.filter((box) => isUpright(box) || !isMarginal(box));
  return [...cut(body), ...margin.map((box) => [[box]])];
}

/** Strips are maximal groups of boxes without a horizontal gap between them. */
function cut(boxes: Placed[]): Block[] {
  if (boxes.length < 2) return boxes.length === 0 ? [] : [[boxes]];
  const strips = cutStrips(boxes);
  const run = findColumns(strips);
  if (!run) return splitBlocks(groupRows(boxes));
  return [
    ...cut(strips.slice(0, run.first).flat()),
    ...cut(run.left),
    ...cut(run.right),
    ...cut(strips.slice(run.last + 1).flat()),
  ];
}

function cutStrips(boxes: readonly Placed[]): Placed[][] {
  const shrunk = boxes.map((box) => {
    const by = SHRINK * (box.bottom - box.top);
    return { box, top: box.top + by, bottom: box.bottom - by };
  });
  shrunk.sort((a, b) => a.top - b.top || a.box.left - b.box.left);
  const strips: Placed[][] = [];
  let bottom = Number.NEGATIVE_INFINITY;
  for (const { box, top, bottom: end } of shrunk) {
    if (top >= bottom) strips.push([]);
    strips[strips.length - 1]?.push(box);
    bottom = Math.max(bottom, end);
  }
  return strips;
}

/** Divides rows where a gap is wider than usual for the block. */
function splitBlocks(rows: Placed[][]): Block[] {
  const top = (row: Placed[]) => median(row.map((box) => box.top));
  const bottom = (row: Placed[]) => median(row.map((box) => box.bottom));
  const gaps = rows.slice(1).map((row, i) => top(row) - bottom(rows[i] as Placed[]));
  const usual = Math.max(0, median(gaps));
  const blocks: Block[] = [];
  for (const [i, row] of rows.entries()) {
    const height = median(row.map((box) => box.bottom - box.top));
    if (i === 0 || (gaps[i - 1] as number) > usual + BLOCK_GAP * height) blocks.push([]);
    blocks[blocks.length - 1]?.push(row);
  }
  return blocks;
}
