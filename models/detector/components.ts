/** The 8-connected components of the core map. */
import { CORE_STRIDE, type DetectionMaps } from './maps.js';

/** Pixels of the input that are page; cells beyond are not looked at. */
export interface Extent {
  readonly width?: number;
  readonly height?: number;
}

/** Fewer cells are a speck. */
const LEAST_CELLS = 3;

/** @param threshold probability above which a cell belongs to a core. @returns the cells of each component */
export function connectedComponents(
  { core, coreWidth, coreHeight }: DetectionMaps,
  threshold: number,
  { width = Infinity, height = Infinity }: Extent,
): Int32Array[] {
  const least = Math.log(threshold / (1 - threshold));
  const right = Math.min(coreWidth, Math.ceil(width / CORE_STRIDE));
  const below = Math.min(coreHeight, Math.ceil(height / CORE_STRIDE));
  const open = new Uint8Array(coreWidth * coreHeight);
  let count = 0;
  for (let y = 0; y < below; y++) {
    for (let i = y * coreWidth, end = i + right; i < end; i++) {
      if (core[i]! > least) {
        open[i] = 1;
        count++;
      }
    }
  }
  const cells = new Int32Array(count);
  const components: Int32Array[] = [];
  let tail = 0;
  for (let seed = 0; tail < count; seed++) {
    if (open[seed] === 0) continue;
    open[seed] = 0;
    const start = tail;
    let head = tail;
    cells[tail++] = seed;
    while (head < tail) {
      const i = cells[head++]!;
      const x = i % coreWidth;
      const up = i >= coreWidth ? -coreWidth : 0;
      const down = i + coreWidth < open.length ? coreWidth : 0;
      const left = x > 0 ? -1 : 0;
      const next = x + 1 < coreWidth ? 1 : 0;
      for (let dy = up; dy <= down; dy += coreWidth) {
        for (let dx = left; dx <= next; dx++) {
          const j = i + dy + dx;
          if (open[j] === 1) {
            open[j] = 0;
            cells[tail++] = j;
          }
        }
      }
    }
    if (tail - start >= LEAST_CELLS) components.push(cells.subarray(start, tail));
  }
  return components;
}
