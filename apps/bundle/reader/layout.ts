/**
 * Lines in reading order: rows from top to bottom, a row's boxes from left to right and joined to one line; columns of running
 * text one after the other. It knows fewer cases than the command's layout (no headings beside columns, no paragraphs).
 */
import { around, type Extent, median, straightened } from './quads.js';
import type { PageLine } from './types.js';

interface Box extends Extent {
  readonly line: PageLine;
}

const heightOf = ({ top, bottom }: Extent) => bottom - top;
const lengthOf = ({ left, right }: Extent) => right - left;

/** @param slope of the page in radians */
export function inReadingOrder(lines: readonly PageLine[], slope: number): PageLine[] {
  const boxes = lines.map((line) => ({ ...straightened(line.quad, slope), line }));
  boxes.sort((a, b) => a.top - b.top || a.left - b.left);
  const typical = median(boxes.filter((box) => !stands(box)).map(heightOf));
  const isMarginal = (box: Box) => stands(box) && heightOf(box) > 2.5 * typical;
  const body = boxes.filter((box) => !isMarginal(box));
  return [
    ...blocks(body).flatMap((row) => joinRow(row, slope)),
    ...boxes.filter(isMarginal).map((box) => box.line),
  ];
}

const stands = (box: Extent) => heightOf(box) > 2.5 * lengthOf(box);

/** The rows of a page, columns after each other. */
function blocks(boxes: readonly Box[]): Box[][] {
  if (boxes.length === 0) return [];
  const strips = toStrips(boxes);
  const run = columns(strips);
  if (!run) return toRows(boxes);
  const { first, last, gutter } = run;
  const inside = strips.slice(first, last + 1).flat();
  return [
    ...blocks(strips.slice(0, first).flat()),
    ...blocks(inside.filter((box) => box.right <= gutter)),
    ...blocks(inside.filter((box) => box.left >= gutter)),
    ...blocks(strips.slice(last + 1).flat()),
  ];
}

/** Groups without a horizontal gap between their boxes, which are shrunk a little as lines overlap. */
function toStrips(boxes: readonly Box[]): Box[][] {
  const strips: Box[][] = [];
  let bottom = Number.NEGATIVE_INFINITY;
  const top = (box: Box) => box.top + 0.2 * heightOf(box);
  for (const box of [...boxes].sort((a, b) => top(a) - top(b))) {
    if (top(box) >= bottom) strips.push([]);
    strips.at(-1)!.push(box);
    bottom = Math.max(bottom, box.bottom - 0.2 * heightOf(box));
  }
  return strips;
}

/** Strips between which a gutter parts two columns. */
interface Run {
  readonly first: number;
  readonly last: number;
  readonly gutter: number;
}

/** The run of strips with most boxes that a gutter parts into two columns of running text. */
function columns(strips: readonly Box[][]): Run | undefined {
  const least = 0.8 * median(strips.flat().map(heightOf));
  let best: Run | undefined;
  let most = 0;
  for (let first = 0; first < strips.length; first++)
    for (let last = strips.length - 1; last >= first; last--) {
      const inside = strips.slice(first, last + 1).flat();
      if (inside.length <= most) break;
      const gutter = gutters(inside, least).find((at) =>
        [inside.filter((box) => box.right <= at), inside.filter((box) => box.left >= at)].every(
          isRunningText,
        ),
      );
      if (gutter === undefined) continue;
      best = { first, last, gutter };
      most = inside.length;
    }
  return best && withoutHeadings(best, strips);
}

/** Without one or two strips at an end that stand on one side alone and nearer to what lies beyond: a heading, or a byline. */
function withoutHeadings(run: Run, strips: readonly Box[][]): Run {
  const gapAbove = (i: number) => {
    const [above, below] = [strips[i - 1], strips[i]];
    if (!above || !below) return Number.POSITIVE_INFINITY;
    return Math.min(...below.map((box) => box.top)) - Math.max(...above.map((box) => box.bottom));
  };
  const isOneSided = (i: number) =>
    strips[i]!.every((box) => box.right <= run.gutter) || strips[i]!.every((box) => box.left >= run.gutter);
  let { first, last } = run;
  for (let i = run.last; i > run.last - 2 && i > first && isOneSided(i); i--)
    if (gapAbove(i) > gapAbove(run.last + 1)) last = i - 1;
  for (let i = run.first; i < run.first + 2 && i < last && isOneSided(i); i++)
    if (gapAbove(i + 1) > gapAbove(run.first)) first = i + 1;
  return { ...run, first, last };
}

/** Middles of the vertical gaps. */
function gutters(boxes: readonly Box[], least: number): number[] {
  const found: number[] = [];
  let right = Number.POSITIVE_INFINITY;
  for (const box of [...boxes].sort((a, b) => a.left - b.left)) {
    if (box.left - right >= least) found.push((box.left + right) / 2);
    right = right === Number.POSITIVE_INFINITY ? box.right : Math.max(right, box.right);
  }
  return found;
}

/** Long rows that fill their column. The cells of a table are short, those of a receipt's prices shorter still. */
function isRunningText(side: readonly Box[]): boolean {
  if (side.length < 3) return false;
  const rows = toRows(side).map((row) => ({
    width: row.reduce((sum, box) => sum + lengthOf(box), 0),
    height: median(row.map(heightOf)),
  }));
  const width = Math.max(...side.map((box) => box.right)) - Math.min(...side.map((box) => box.left));
  return (
    rows.length >= 3 &&
    median(rows.map((row) => row.width / Math.max(1e-9, row.height))) >= 9 &&
    median(rows.map((row) => row.width)) >= 0.6 * width
  );
}

/** A box joins the row whose last box it overlaps most, so that a row may bend as on a curled receipt. */
export function toRows<T extends Extent>(boxes: readonly T[]): T[][] {
  const rows: T[][] = [];
  for (const box of [...boxes].sort((a, b) => a.left - b.left || a.top - b.top)) {
    const fits = rows.map((row) => {
      const last = row.at(-1)!;
      const height = Math.max(1e-9, Math.min(heightOf(last), heightOf(box)));
      const overlap = (Math.min(last.bottom, box.bottom) - Math.max(last.top, box.top)) / height;
      if (overlap < 0.5 || last.right - box.left > 0.5 * height) return Number.NEGATIVE_INFINITY;
      return overlap - Math.abs(last.top + last.bottom - box.top - box.bottom) / 2 / height;
    });
    const best = fits.indexOf(Math.max(...fits));
    if (best >= 0 && fits[best]! > Number.NEGATIVE_INFINITY) rows[best]!.push(box);
    else rows.push([box]);
  }
  const middle = (row: readonly T[]) => row.reduce((sum, box) => sum + box.top + box.bottom, 0) / row.length;
  return rows.sort((a, b) => middle(a) - middle(b) || a[0]!.left - b[0]!.left);
}

/** One line of a row, or several where heights differ as those of a headline and small print. */
function joinRow(row: readonly Box[], slope: number): PageLine[] {
  const parts: Box[][] = [];
  for (const box of row) {
    const last = parts.at(-1)?.at(-1);
    const [low, high] = last ? [heightOf(last), heightOf(box)].sort((a, b) => a - b) : [0, 1];
    if (high! <= 1.7 * low!) parts.at(-1)!.push(box);
    else parts.push([box]);
  }
  return parts.map((part) => {
    const lines = part.map((box) => box.line);
    if (lines.length === 1) return lines[0]!;
    return {
      text: lines.map((line) => line.text).join(' '),
      quad: around(
        lines.map((line) => line.quad),
        slope,
      ),
      confidence: Math.min(...lines.map((line) => line.confidence)),
    };
  });
}
