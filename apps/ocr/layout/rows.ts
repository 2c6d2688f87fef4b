/** Which boxes stand beside each other on one baseline. */
import type { Extent } from './geometry.js';

/** Least vertical overlap of neighbours in a row, as a share of the smaller height. */
const LEAST_OVERLAP = 0.5;
/** Most horizontal overlap of neighbours in a row, in heights: beyond it they stand above each other. */
const MOST_INTRUSION = 0.5;

/**
 * Groups extents into rows, each from left to right, rows from top to bottom. A box joins the row whose last box it
 * overlaps most in height, so that a row may bend as it does on a curled receipt.
 */
export function groupRows<T extends Extent>(boxes: readonly T[]): T[][] {
  const rows: T[][] = [];
  const sorted = [...boxes].sort(
    (a, b) => a.left - b.left || a.top - b.top || a.right - b.right || a.bottom - b.bottom,
  );
  for (const box of sorted) {
    let best: T[] | undefined;
    let bestScore = 0;
    for (const row of rows) {
      const last = row[row.length - 1] as T;
      if (last.bottom <= box.top || last.top >= box.bottom) continue;
      const height = Math.min(last.bottom - last.top, box.bottom - box.top);
      const overlap =
        (Math.min(last.bottom, box.bottom) - Math.max(last.top, box.top)) / Math.max(1e-9, height);
      if (overlap < LEAST_OVERLAP || last.right - box.left > MOST_INTRUSION * height) continue;
      // Of rows that overlap about as much, the nearer one.
      const middle = Math.abs(last.top + last.bottom - box.top - box.bottom) / 2 / Math.max(1e-9, height);
      const score = 2 + overlap - middle;
      if (score > bestScore) {
        best = row;
        bestScore = score;
      }
    }
    if (best) best.push(box);
    else rows.push([box]);
  }
  return sortRows(rows);
}

/** Top to bottom by the rows' mean middles, then left to right. */
function sortRows<T extends Extent>(rows: T[][]): T[][] {
  const middle = (row: T[]) => row.reduce((sum, box) => sum + box.top + box.bottom, 0) / row.length;
  return rows
    .map((row) => ({ row, middle: middle(row) }))
    .sort((a, b) => a.middle - b.middle || (a.row[0] as T).left - (b.row[0] as T).left)
    .map(({ row }) => row);
}
