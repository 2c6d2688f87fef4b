/**
 * The mean of equal values as NumPy 2.3 computes it. It is not always that value, as sums are rounded, and the S-measure
 * asks by it whether a part of a map is constant: figures that agree with those computed in Python need the same rounding.
 */

/** Longest stretch that NumPy sums in one go, in eight running sums. */
const BLOCK = 128;

/** Values that NumPy copies together before it sums them, where rows do not follow each other in memory. */
const BUFFER = 8192;

/** @param width, height of the part; `contiguous`: its rows follow each other in memory without gaps. */
export function meanOfEqual(value: number, width: number, height: number, contiguous: boolean): number {
  const count = width * height;
  if (contiguous || width === 1 || height === 1) return pairwiseSum(value, count) / count;
  const together = Math.max(1, Math.floor(BUFFER / width));
  let sum = 0;
  for (let y = 0; y < height; y += together)
    sum += pairwiseSum(value, width * Math.min(together, height - y));
  return sum / count;
}

/** Sum of `count` equal values in NumPy's order: halves of halves down to blocks. */
function pairwiseSum(value: number, count: number): number {
  if (count < 8) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += value;
    return sum;
  }
  if (count <= BLOCK) {
    const whole = count - (count % 8);
    let lane = value;
    for (let i = 8; i < whole; i += 8) lane += value;
    // The eight sums are alike, and doubling is exact.
    let sum = lane * 8;
    for (let i = whole; i < count; i++) sum += value;
    return sum;
  }
  const half = (count >> 1) - ((count >> 1) % 8);
  return pairwiseSum(value, half) + pairwiseSum(value, count - half);
}
