/** Fast blurs for whole pages, in place: of a lens out of focus, and of a camera that moved. */
import type { GrayImage } from '../../../models/base/image.js';

/**
 * Repeated [1 2 1] / 4 along both axes. Each round adds 0.5 to the variance.
 * @param rounds deviation² × 2: 1 for 0.7 px, 2 for 1 px, 4 for 1.4 px
 */
export function soften(image: GrayImage, rounds: number): void {
  const { width, height, data } = image;
  if (width < 3 || height < 3) return;
  const above = new Uint8Array(width);
  for (let round = 0; round < rounds; round++) {
    above.set(data.subarray(0, width));
    for (let y = 0; y < height; y++) {
      const row = y * width;
      const next = y + 1 < height ? row + width : row;
      let left = -1;
      let here = 0;
      // Down into the row buffer, then across, one value behind.
      let previous = 0;
      for (let x = 0; x < width; x++) {
        const value = data[row + x]!;
        const column = above[x]! + 2 * value + data[next + x]!;
        above[x] = value;
        if (x === 0) {
          left = column;
          here = column;
        } else {
          data[row + x - 1] = (left + 2 * here + column + 8) >> 4;
          left = here;
          here = column;
        }
        previous = column;
      }
      data[row + width - 1] = (left + 3 * previous + 8) >> 4;
    }
  }
}

/** The mean over `length` pixels along one axis, centred: what a hand-held camera does when it moves. */
export function smear(image: GrayImage, length: number, vertical: boolean): void {
  const { width, height, data } = image;
  const [lanes, size] = vertical ? [width, height] : [height, width];
  const [lane, step] = vertical ? [1, width] : [width, 1];
  const before = Math.floor(length / 2);
  const after = Math.max(0, Math.round(length) - 1 - before);
  const count = before + after + 1;
  if (count < 2 || size < 2) return;
  const row = new Uint8Array(size);
  for (let k = 0; k < lanes; k++) {
    for (let i = 0, at = k * lane; i < size; i++, at += step) row[i] = data[at]!;
    let sum = 0;
    for (let i = -before; i <= after; i++) sum += row[Math.max(0, Math.min(size - 1, i))]!;
    for (let i = 0, at = k * lane; i < size; i++, at += step) {
      data[at] = sum / count + 0.5;
      sum += row[Math.min(size - 1, i + after + 1)]! - row[Math.max(0, i - before)]!;
    }
  }
}
