/** Divides the lines of a block into paragraphs. */
import { type Extent, median } from './geometry.js';

/** More space above a line than usual, in line heights, begins a paragraph. */
const EXTRA_LEADING = 0.45;
/** Lines of one paragraph differ in height by at most this factor. */
const MOST_HEIGHT_RATIO = 1.6;
/** First-line indent, in line heights. */
const INDENT = 0.8;
/** Least share of a centred text's lines that show that it is. */
const LEAST_SHORT = 0.3;
/** A line that ends this far from the right edge, in line heights, may be the last of its paragraph. */
const SHORT_END = 3;

/** Indents and line ends mean something in running text only: long lines of which most end near the right edge. */
function isRunning(lines: readonly Extent[], height: number, right: number): boolean {
  const long = lines.filter(
    (line) => line.right - line.left >= 10 * height && right - line.right <= 5 * height,
  );
  return long.length >= 0.5 * lines.length;
}

/** Whether lines are set about a common middle: most that are shorter than the longest have as much room on both sides. */
function isCentredText(lines: readonly Extent[], height: number): boolean {
  const left = Math.min(...lines.map((line) => line.left));
  const right = Math.max(...lines.map((line) => line.right));
  const short = lines.filter((line) => line.right - line.left < right - left - 2 * INDENT * height);
  const centred = short.filter((line) => Math.abs(line.left - left - (right - line.right)) < INDENT * height);
  return short.length >= LEAST_SHORT * lines.length && centred.length > short.length / 2;
}

/**
 * Indices of the lines that begin a paragraph; the first always does. Lines go from top to bottom.
 * @param cells they are rows of cells: an empty first cell is no indent, an empty last one no end
 */
export function paragraphStarts(lines: readonly Extent[], cells = false): number[] {
  const heights = lines.map((line) => line.bottom - line.top);
  const height = median(heights);
  const gaps = lines.slice(1).map((line, i) => line.top - (lines[i] as Extent).bottom);
  const usual = median(gaps);
  const right = Math.max(...lines.map((line) => line.right));
  const left = median(lines.map((line) => line.left));
  const running = !cells && isRunning(lines, height, right);
  const isCentred = isCentredText(lines, height);
  const starts: number[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as Extent;
    const above = lines[i - 1];
    if (!above) {
      starts.push(i);
      continue;
    }
    const [low, high] = [heights[i - 1] as number, heights[i] as number].sort((a, b) => a - b) as [
      number,
      number,
    ];
    const gap = gaps[i - 1] as number;
    const indented = line.left - above.left > INDENT * height && line.left - left > INDENT * height;
    const hanging = above.left - line.left > INDENT * height && line.left - left < -INDENT * height;
    const aboveIsShort = right - above.right > SHORT_END * height;
    if (
      gap > usual + EXTRA_LEADING * height ||
      high > MOST_HEIGHT_RATIO * low ||
      (running && !isCentred && (indented || hanging)) ||
      // A paragraph's last line stops short although the next line's first word would have fitted.
      (running && !isCentred && aboveIsShort && right - line.right < height)
    ) {
      starts.push(i);
    }
  }
  return starts;
}
