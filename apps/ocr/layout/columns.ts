/**
 * Where a page has columns: a run of strips with a vertical gutter whose two sides a person would read one after the other.
 *
 * Every run with every gutter is a candidate, so what a strip has on the two sides of a gutter is worked out once.
 */
import { median } from './geometry.js';
import type { Placed } from './reading-order.js';
import { groupRows } from './rows.js';

/** Strips `first` to `last` and their boxes on the two sides of a gutter. */
export interface Run {
  readonly first: number;
  readonly last: number;
  readonly left: Placed[];
  readonly right: Placed[];
}

/** Least width of a column gutter, in line heights. */
const GUTTER = 0.8;
/** Extra gap, in line heights, up to which a row goes on with those before it. */
const ROW_GAP = 0.45;
/** Gap, in line heights, that sets a running head or foot apart. */
const MARGIN_GAP = 2.5;

/** The run of strips with an accepted gutter that holds most lines; of equals the upper one. */
export function findColumns(strips: readonly Placed[][]): Run | undefined {
  const typical = median(strips.flat().map((box) => box.bottom - box.top));
  const [start, end] = withoutMargins(strips, typical);
  const cut = strips.map((strip) => new Strip(strip));
  const byLeft = strips
    .flatMap((strip, at) => strip.map((box) => ({ box, at })))
    .sort((a, b) => a.box.left - b.box.left);
  let best: Run | undefined;
  let bestSize = 0;
  for (let first = start; first < end; first++) {
    let size = 0;
    for (let i = first; i < end; i++) size += strips[i]!.length;
    for (let last = end - 1; last >= first && size > bestSize; last--) {
      const boxes: Placed[] = [];
      for (const { box, at } of byLeft) if (at >= first && at <= last) boxes.push(box);
      const run = cut.slice(first, last + 1);
      const gutter = findGutters(boxes, GUTTER * typical).find((at) => areColumns(run, at));
      if (gutter !== undefined) {
        const left = boxes.filter((box) => box.right <= gutter);
        const right = boxes.filter((box) => box.left >= gutter);
        best = { first, last, left, right };
        bestSize = size;
      }
      size -= strips[last]!.length;
    }
  }
  return best && withoutHeadings(withNextRows(best, strips, typical, start, end), strips);
}

/**
 * A run with the rows before and behind it that stand no further off than its own do from each other and that its gutter
 * parts, too: what is accepted may have ended where a row more would have made its sides a little too short.
 */
function withNextRows(
  run: Run,
  strips: readonly Placed[][],
  typical: number,
  start: number,
  end: number,
): Run {
  const [left, right] = [[...run.left], [...run.right]];
  const gutter = {
    left: Math.max(...left.map((box) => box.right)),
    right: Math.min(...right.map((box) => box.left)),
  };
  const gap = (i: number) =>
    Math.min(...strips[i]!.map((box) => box.top)) - Math.max(...strips[i - 1]!.map((box) => box.bottom));
  const gaps = Array.from({ length: run.last - run.first }, (_, i) => gap(run.first + 1 + i));
  const usual = Math.max(0, median(gaps)) + ROW_GAP * typical;
  const take = (strip: readonly Placed[]): boolean => {
    const before = strip.filter((box) => box.right <= gutter.right - GUTTER * typical);
    const behind = strip.filter((box) => box.left >= gutter.left + GUTTER * typical);
    const isParted = before.length > 0 && behind.length > 0 && before.length + behind.length === strip.length;
    // No box is on both sides, or on one that reaches across the other's edge.
    if (!isParted || before.some((box) => box.right > (gutter.left + gutter.right) / 2)) return false;
    left.push(...before);
    right.push(...behind);
    return true;
  };
  let { first, last } = run;
  while (last + 1 < end && gap(last + 1) <= usual && take(strips[last + 1]!)) last++;
  while (first > start && gap(first) <= usual && take(strips[first - 1]!)) first--;
  return { first, last, left, right };
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

/** Boxes beside each other on one baseline. */
interface Row {
  readonly boxes: readonly Placed[];
  /** Of the text, without the gaps. */
  readonly width: number;
  readonly height: number;
  readonly middle: number;
}

function toRow(boxes: readonly Placed[]): Row {
  let [width, middle] = [0, 0];
  for (const box of boxes) {
    width += box.right - box.left;
    middle += (box.top + box.bottom) / 2;
  }
  const height = median(boxes.map((box) => box.bottom - box.top));
  return { boxes, width, height, middle: middle / boxes.length };
}

/** The boxes of a strip on one side of a gutter. */
class Part {
  readonly boxes: readonly Placed[];
  /** How many boxes are at least four times as wide as high. */
  readonly long: number;
  readonly left: number;
  readonly right: number;
  #rows: Row[] | undefined;

  constructor(boxes: readonly Placed[]) {
    this.boxes = boxes;
    let long = 0;
    let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const box of boxes) {
      if (box.right - box.left >= 4 * (box.bottom - box.top)) long++;
      if (box.left < left) left = box.left;
      if (box.right > right) right = box.right;
    }
    this.long = long;
    this.left = left;
    this.right = right;
  }

  get rows(): readonly Row[] {
    this.#rows ??= groupRows(this.boxes).map(toRow);
    return this.#rows;
  }
}

/** A strip that can be cut at gutters. */
class Strip {
  readonly #byRight: readonly Placed[];
  /** By the number of boxes on the left side. */
  readonly #cuts = new Map<number, readonly [left: Part, right: Part]>();

  constructor(boxes: readonly Placed[]) {
    this.#byRight = [...boxes].sort((a, b) => a.right - b.right);
  }

  /** No box stands across `gutter`. */
  cutAt(gutter: number): readonly [left: Part, right: Part] {
    const boxes = this.#byRight;
    let count = 0;
    while (count < boxes.length && boxes[count]!.right <= gutter) count++;
    let parts = this.#cuts.get(count);
    if (!parts) {
      parts = [new Part(boxes.slice(0, count)), new Part(boxes.slice(count))];
      this.#cuts.set(count, parts);
    }
    return parts;
  }
}

interface Side {
  readonly rows: readonly Row[];
  /** Median width of a row's text in its own heights. */
  readonly length: number;
  /** Median share of the side's width that a row's text covers. */
  readonly fill: number;
}

function measure(parts: readonly Part[]): Side {
  const rows: Row[] = [];
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const part of parts) {
    for (const row of part.rows) rows.push(row);
    if (part.left < left) left = part.left;
    if (part.right > right) right = part.right;
  }
  return {
    rows,
    length: median(rows.map(({ width, height }) => width / Math.max(1e-9, height))),
    fill: median(rows.map(({ width }) => width)) / Math.max(1e-9, right - left),
  };
}

/**
 * Whether a person would read the whole left side before the right one. Running text fills its column; the cells of a
 * table are short and stand on common baselines.
 */
function areColumns(run: readonly Strip[], gutter: number): boolean {
  const left: Part[] = [];
  const right: Part[] = [];
  for (const strip of run) {
    const cut = strip.cutAt(gutter);
    left.push(cut[0]);
    right.push(cut[1]);
  }
  // Single lines, and the cells of a table of numbers, need no closer look.
  if (!isWorthALook(left) || !isWorthALook(right)) return false;
  const a = measure(left);
  const b = measure(right);
  const rows = Math.min(a.rows.length, b.rows.length);
  if (rows < 2) return false;
  const length = Math.min(a.length, b.length);
  const fill = Math.min(a.fill, b.fill);
  const aligned = alignment(a.rows, b.rows);
  // Independent leading: two stacks of text side by side.
  if (aligned < 0.4) return length >= 4 && fill >= 0.4;
  // Beside a column of justified text anything may stand, even a table on the same baselines.
  if (rows >= 3 && (isJustified(a) || isJustified(b))) return true;
  return rows >= 3 && length >= 9 && fill >= 0.6 && isRunning(left) && isRunning(right);
}

/** Whether there are two boxes at least, and a quarter of them is long. */
function isWorthALook(parts: readonly Part[]): boolean {
  let count = 0;
  let long = 0;
  for (const part of parts) {
    count += part.boxes.length;
    long += part.long;
  }
  return count >= 2 && 4 * long >= count;
}

/** Whether a side is one column in which most rows are long and reach from edge to edge. */
function isJustified({ rows, length }: Side): boolean {
  if (rows.length < 5 || length < 15) return false;
  const full = 0.9 * Math.max(...rows.map((row) => row.width));
  const single = rows.filter((row) => row.boxes.length === 1 && row.width >= full);
  return single.length >= 0.6 * rows.length;
}

/** Whether every column of a side is running text: long rows, each of one line but for a number or a bullet. */
function isRunning(parts: readonly Part[]): boolean {
  const side = parts.flatMap((part) => part.boxes).sort((a, b) => a.left - b.left);
  const least = GUTTER * median(side.map((box) => box.bottom - box.top));
  const gutters = [Number.NEGATIVE_INFINITY, ...findGutters(side, least), Number.POSITIVE_INFINITY];
  return gutters.slice(1).every((right, i) => {
    const part = side.filter((box) => box.right <= right && box.left >= (gutters[i] as number));
    // A column of line numbers or bullets belongs to the text beside it.
    if (part.every((box) => box.right - box.left < 3 * (box.bottom - box.top))) return true;
    const { rows, length } = measure([new Part(part)]);
    const single = rows.filter((row) => {
      const widths = row.boxes.map((box) => box.right - box.left);
      return Math.max(...widths) >= 0.75 * row.width;
    });
    return length >= 9 && single.length >= 0.6 * rows.length;
  });
}

/** Share of the rows of the side with fewer rows that have a row at the same height on the other side. */
function alignment(a: readonly Row[], b: readonly Row[]): number {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  let found = 0;
  for (const { middle, height } of few)
    if (many.some((other) => Math.abs(other.middle - middle) < 0.25 * height)) found++;
  return found / few.length;
}
