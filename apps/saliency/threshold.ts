/** Where a map of probabilities is divided into subject and ground. */

/** A probability in (0, 1], or `auto`: chosen from the map. */
export type Threshold = number | 'auto';

/** The automatic choice stays within these, so that noise in a blank picture never becomes a subject. */
export const LEAST_AUTO = 0.3;
export const MOST_AUTO = 0.7;

/** The smallest value of round(255 p) that counts as subject. */
export function levelOf(threshold: number): number {
  return Math.min(255, Math.max(1, Math.round(255 * threshold)));
}

/** @param histogram of round(255 p), 256 counts. @returns a probability in (0, 1]. */
export function chooseThreshold(histogram: ArrayLike<number>): number {
  return Math.min(MOST_AUTO, Math.max(LEAST_AUTO, otsu(histogram)));
}

/** The level that parts the values into two groups with the largest variance between them (Otsu, 1979), over 255. */
export function otsu(histogram: ArrayLike<number>): number {
  let count = 0;
  let total = 0;
  for (let value = 0; value < 256; value++) {
    count += histogram[value]!;
    total += value * histogram[value]!;
  }
  let [below, belowSum, best, first, last] = [0, 0, 0, 0, 0];
  for (let level = 1; level < 256; level++) {
    below += histogram[level - 1]!;
    belowSum += (level - 1) * histogram[level - 1]!;
    const above = count - below;
    if (below === 0 || above === 0) continue;
    const difference = belowSum / below - (total - belowSum) / above;
    const between = below * above * difference * difference;
    if (between > best * (1 + 1e-12)) {
      best = between;
      first = level;
      last = level;
    } else if (between >= best * (1 - 1e-12)) last = level;
  }
  // Where no value lies between two groups every level there does as well: the middle.
  return (first + last) / 2 / 255;
}

/** Twice the mean (Achanta et al., Frequency-tuned Salient Region Detection, 2009), at most 1. */
export function twiceMean(histogram: ArrayLike<number>): number {
  let count = 0;
  let total = 0;
  for (let value = 0; value < 256; value++) {
    count += histogram[value]!;
    total += value * histogram[value]!;
  }
  return Math.min(1, (2 * total) / 255 / Math.max(1, count));
}
