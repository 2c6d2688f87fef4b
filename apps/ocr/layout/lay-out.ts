/** From read lines in any order to blocks of paragraphs in reading order. */
import type { Quad } from '../../../models/base/image.js';
import type { ReadBlock, ReadLine, ReadParagraph } from '../document.js';
import { type Extent, enclosingQuad, straighten } from './geometry.js';
import { paragraphStarts } from './paragraphs.js';
import { type Block, type Placed, readingOrder } from './reading-order.js';

export interface LayOutOptions {
  /** The page's skew in radians, clockwise positive. */
  readonly slope?: number;
  /** Look for columns (default) or read the page as one. */
  readonly columns?: boolean;
  /** Make one line of boxes beside each other in a row, such as a receipt's item and its price; true by default. */
  readonly join?: boolean;
}

/** Heights of the parts of one line of text differ by at most this factor. */
const MOST_HEIGHT_RATIO = 1.7;
/** Space between the cells of a table, in their heights, and the share of a table's rows that have some. */
const CELL_GAP = 2;
const CELLS_SHARE = 0.5;

export function layOut(lines: readonly ReadLine[], options: LayOutOptions = {}): ReadBlock[] {
  const slope = options.slope ?? 0;
  const extents = straighten(
    lines.map((line) => line.quad),
    slope,
  );
  const blocks = readingOrder(extents, options.columns === undefined ? {} : { columns: options.columns });
  return blocks.map((block) => toBlock(block, lines, slope, options.join ?? true));
}

function toBlock(block: Block, lines: readonly ReadLine[], slope: number, join: boolean): ReadBlock {
  const parts = block.flatMap((row) => (join ? splitRow(row) : row.map((box) => [box])));
  const joined = parts.map((part) =>
    joinLines(
      part.map((box) => lines[box.index] as ReadLine),
      slope,
    ),
  );
  const cells = parts.filter(hasCells).length >= CELLS_SHARE * parts.length;
  const starts = paragraphStarts(parts.map(around), cells);
  const paragraphs: ReadParagraph[] = starts.map((start, i) => ({
    lines: joined.slice(start, starts[i + 1]),
  }));
  const quads: Quad[] = joined.map((line) => line.quad);
  return { quad: enclosingQuad(quads, slope), paragraphs };
}

/** Whether boxes of a row stand as far apart as the cells of a table. */
function hasCells(boxes: readonly Placed[]): boolean {
  return boxes.some((box, i) => {
    const before = boxes[i - 1];
    return before !== undefined && box.left - before.right > CELL_GAP * (box.bottom - box.top);
  });
}

/** Text of very different size beside each other, such as a headline and small print, stays apart. */
function splitRow(row: readonly Placed[]): Placed[][] {
  const parts: Placed[][] = [];
  for (const box of row) {
    const last = parts[parts.length - 1]?.at(-1);
    const heights = last ? [last.bottom - last.top, box.bottom - box.top] : [];
    if (last && Math.max(...heights) <= MOST_HEIGHT_RATIO * Math.min(...heights))
      parts[parts.length - 1]?.push(box);
    else parts.push([box]);
  }
  return parts;
}

function joinLines(lines: readonly ReadLine[], slope: number): ReadLine {
  if (lines.length === 1) return lines[0] as ReadLine;
  return {
    text: lines.map((line) => line.text).join(' '),
    quad: enclosingQuad(
      lines.map((line) => line.quad),
      slope,
    ),
    confidence: Math.min(...lines.map((line) => line.confidence)),
    words: lines.flatMap((line) => line.words),
  };
}

const around = (row: readonly Placed[]): Extent => ({
  left: Math.min(...row.map((box) => box.left)),
  right: Math.max(...row.map((box) => box.right)),
  top: row.reduce((sum, box) => sum + box.top, 0) / row.length,
  bottom: row.reduce((sum, box) => sum + box.bottom, 0) / row.length,
});
