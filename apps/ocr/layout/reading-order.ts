/**
 * In which order a person reads the lines of a page: a recursive XY-cut (Nagy, Seth 1984) over line boxes. Where a run of
 * the page has a vertical gutter with running text on both sides, the left side is read before the right one; a gutter
 * through a table, a form or a receipt is no column border, and such runs are read row by row.
 */
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
/** Least width of a column gutter, in line heights. */
const GUTTER = 0.8;
/** Gap, in line heights, that sets a running head or foot apart. */
const MARGIN_GAP = 2.5;
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

interface Run {
  readonly first: number;
  readonly last: number;
  readonly left: Placed[];
  readonly right: Placed[];
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

/** The run of strips with an accepted gutter that holds most lines; of equals the upper one. */
function findColumns(strips: readonly Placed[][]): Run | undefined {
  let best: Run | undefined;
  let bestSize = 0;
  const typical = median(strips.flat().map((box) => box.bottom - box.top));
  const [start, end] = withoutMargins(strips, typical);
  for (let first = start; first < end; first++) {
    let boxes: Placed[] = [];
    for (let last = first; last < end; last++) {
      boxes = [...boxes, ...(strips[last] as Placed[])].sort((a, b) => a.left - b.left);
      if (boxes.length <= bestSize) continue;
      for (const at of findGutters(boxes, GUTTER * typical)) {
        const left = boxes.filter((box) => box.right <= at);
        const right = boxes.filter((box) => box.left >= at);
        if (!areColumns(left, right)) continue;
        best = { first, last, left, right };
        bestSize = boxes.length;
        break;
      }
    }
  }
  return best && withoutHeadings(best, strips);
}

/**
 * A run without the strips at its ends that stand on one side of the gutter alone and nearer to the text beyond the run: the
 * heading of what follows the columns, or a byline of what stands above them.
 */
function withoutHeadings(run: Run, strips: readonly Placed[][]): Run {
  const sides = [run.left, run.right].map((side) => new Set(side));
  const isOneSided = (i: number) => sides.some((side) => strips[i]?.every((box) => side.has(box)));
  // From strip i - 1 to strip i; nothing stands before the first and after the last.
  const gap = (i: number) => {
    const [above, below] = [strips[i - 1], strips[i]];
    if (!above || !below) return Number.POSITIVE_INFINITY;
    return Math.min(...below.map((box) => box.top)) - Math.max(...above.map((box) => box.bottom));
  };
  let { first, last } = run;
  // A heading has one line or two.
  for (const lines of [1, 2]) {
    const next = run.last + 1 - lines;
    if (next <= first || !isOneSided(next)) break;
    if (gap(next) > gap(run.last + 1)) last = next - 1;
  }
  for (const lines of [1, 2]) {
    const next = run.first - 1 + lines;
    if (next >= last || !isOneSided(next)) break;
    if (gap(next + 1) > gap(run.first)) first = next + 1;
  }
  const kept = new Set(strips.slice(first, last + 1).flat());
  const [left, right] = [run.left.filter((box) => kept.has(box)), run.right.filter((box) => kept.has(box))];
  return left.length < 2 || right.length < 2 ? run : { first, last, left, right };
}

/** The strips without a running head or foot: one or two lines that stand far from the rest belong to no column. */
function withoutMargins(strips: readonly Placed[][], typical: number): [start: number, end: number] {
  const gapBefore = (i: number) =>
    Math.min(...(strips[i] ?? []).map((box) => box.top)) -
    Math.max(...(strips[i - 1] ?? []).map((box) => box.bottom));
  let [start, end] = [0, strips.length];
  for (let i = 1; i <= 2 && i < strips.length - 2; i++) if (gapBefore(i) > MARGIN_GAP * typical) start = i;
  for (let i = strips.length - 1; i >= strips.length - 2 && i > start + 2; i--) {
    if (gapBefore(i) > MARGIN_GAP * typical) end = i;
  }
  return [start, end];
}

/** Middles of the vertical gaps of at least `least` between boxes, which go from left to right. */
function findGutters(boxes: readonly Placed[], least: number): number[] {
  const gutters: number[] = [];
  let right = boxes[0]?.right ?? 0;
  for (const box of boxes) {
    if (box.left - right >= least) gutters.push((right + box.left) / 2);
    right = Math.max(right, box.right);
  }
  return gutters;
}

interface Side {
  readonly rows: Placed[][];
  /** Median width of a row's text in its own heights. */
  readonly length: number;
  /** Median share of the side's width that a row's text covers. */
  readonly fill: number;
}

function measure(boxes: readonly Placed[]): Side {
  const rows = groupRows(boxes);
  const left = Math.min(...boxes.map((box) => box.left));
  const right = Math.max(...boxes.map((box) => box.right));
  const widths = rows.map((row) => row.reduce((sum, box) => sum + box.right - box.left, 0));
  const heights = rows.map((row) => median(row.map((box) => box.bottom - box.top)));
  return {
    rows,
    length: median(widths.map((width, i) => width / Math.max(1e-9, heights[i] as number))),
    fill: median(widths) / Math.max(1e-9, right - left),
  };
}

/**
 * Whether a person would read the whole left side before the right one. Running text fills its column; the cells of a
 * table are short and stand on common baselines.
 */
function areColumns(left: readonly Placed[], right: readonly Placed[]): boolean {
  if (left.length < 2 || right.length < 2) return false;
  // The cells of a table of numbers need no closer look.
  if (!hasLongBoxes(left) || !hasLongBoxes(right)) return false;
  const [a, b] = [measure(left), measure(right)];
  const aligned = alignment(a.rows, b.rows);
  const rows = Math.min(a.rows.length, b.rows.length);
  const length = Math.min(a.length, b.length);
  const fill = Math.min(a.fill, b.fill);
  if (rows < 2) return false;
  // Independent leading: two stacks of text side by side.
  if (aligned < 0.4) return length >= 4 && fill >= 0.4;
  // Beside a column of justified text anything may stand, even a table on the same baselines.
  if (rows >= 3 && (isJustified(a) || isJustified(b))) return true;
  return rows >= 3 && length >= 9 && fill >= 0.6 && isRunning(left) && isRunning(right);
}

/** Whether at least a quarter of the boxes are four times as wide as high. */
function hasLongBoxes(boxes: readonly Placed[]): boolean {
  let long = 0;
  for (const box of boxes) if (box.right - box.left >= 4 * (box.bottom - box.top)) long++;
  return 4 * long >= boxes.length;
}

/** Whether a side is one column in which most rows are long and reach from edge to edge. */
function isJustified({ rows, length }: Side): boolean {
  if (rows.length < 5 || length < 15) return false;
  const widths = rows.map((row) => row.reduce((sum, box) => sum + box.right - box.left, 0));
  const full = 0.9 * Math.max(...widths);
  const single = rows.filter((row, i) => row.length === 1 && (widths[i] as number) >= full);
  return single.length >= 0.6 * rows.length;
}

/** Whether every column of a side is running text: long rows, each of one line but for a number or a bullet. */
function isRunning(side: readonly Placed[]): boolean {
  const least = GUTTER * median(side.map((box) => box.bottom - box.top));
  const gutters = [Number.NEGATIVE_INFINITY, ...findGutters(side, least), Number.POSITIVE_INFINITY];
  return gutters.slice(1).every((right, i) => {
    const part = side.filter((box) => box.right <= right && box.left >= (gutters[i] as number));
    // A column of line numbers or bullets belongs to the text beside it.
    if (part.every((box) => box.right - box.left < 3 * (box.bottom - box.top))) return true;
    const { rows, length } = measure(part);
    const single = rows.filter((row) => {
      const widths = row.map((box) => box.right - box.left);
      return Math.max(...widths) >= 0.75 * widths.reduce((sum, width) => sum + width, 0);
    });
    return length >= 9 && single.length >= 0.6 * rows.length;
  });
}

/** Share of the rows of the side with fewer rows that have a row at the same height on the other side. */
function alignment(a: Placed[][], b: Placed[][]): number {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  const middles = many.map(middleOf);
  const found = few.filter((row) => {
    const middle = middleOf(row);
    const height = median(row.map((box) => box.bottom - box.top));
    return middles.some((other) => Math.abs(other - middle) < 0.25 * height);
  });
  return found.length / few.length;
}

const middleOf = (row: readonly Placed[]) =>
  row.reduce((sum, box) => sum + (box.top + box.bottom) / 2, 0) / row.length;

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
