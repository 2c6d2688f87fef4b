/** For every pixel the nearest pixel of the foreground: exact Euclidean distance, in time linear in the pixels. */
import type { BinaryMask } from './binary-mask.js';

export interface NearestForeground {
  /** Index of the nearest pixel of foreground; of several the leftmost, and of these the uppermost. A pixel of foreground has its own. */
  readonly index: Int32Array;
  /** Square of the distance to it, in pixels. */
  readonly squared: Int32Array;
}

/**
 * First the nearest within each column, then along each row the lower envelope of the columns' parabolas (Felzenszwalb
 * and Huttenlocher 2012). Integers throughout, so that ties are exact.
 * @param mask with at least one pixel of foreground
 */
export function nearestForeground({ width, height, data }: BinaryMask): NearestForeground {
  const rows = nearestInColumn(data, width, height);
  const index = new Int32Array(data.length);
  const squared = new Int32Array(data.length);
  // Columns on the envelope, their squared vertical distances, and the first x at which each is nearest.
  const columns = new Int32Array(width);
  const heights = new Int32Array(width);
  const from = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    let last = -1;
    for (let x = 0; x < width; x++) {
      const row = rows[base + x]!;
      if (row < 0) continue;
      const rise = (row - y) * (row - y);
      let start = 0;
      while (last >= 0) {
        const left = columns[last]!;
        // From this position on the new parabola lies strictly below: ties stay with the left one.
        start = Math.floor((x * x + rise - left * left - heights[last]!) / (2 * (x - left))) + 1;
        if (start > from[last]!) break;
        last--;
      }
      if (last < 0) start = 0;
      if (start >= width) continue;
      last++;
      columns[last] = x;
      heights[last] = rise;
      from[last] = start;
    }
    let at = 0;
    for (let x = 0; x < width; x++) {
      while (at < last && from[at + 1]! <= x) at++;
      const column = columns[at]!;
      index[base + x] = rows[base + column]! * width + column;
      squared[base + x] = heights[at]! + (x - column) * (x - column);
    }
  }
  return { index, squared };
}

/** Row of the nearest foreground in the same column, the upper of two; -1 where the column has none. */
function nearestInColumn(data: Uint8Array, width: number, height: number): Int32Array {
  const rows = new Int32Array(data.length).fill(-1);
  for (let i = 0; i < data.length; i++) {
    if (data[i]) rows[i] = Math.floor(i / width);
    else if (i >= width) rows[i] = rows[i - width]!;
  }
  for (let y = height - 2; y >= 0; y--) {
    for (let i = y * width; i < (y + 1) * width; i++) {
      const [above, below] = [rows[i]!, rows[i + width]!];
      if (below >= 0 && (above < 0 || below - y < y - above)) rows[i] = below;
    }
  }
  return rows;
}
