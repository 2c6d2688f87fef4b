/**
 * Mean-field inference in a fully connected CRF of two labels with Potts compatibility (Krähenbühl and Koltun 2011,
 * "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials").
 *
 * Two labels need one channel. A label's message is the filtered probability of that label, and only the difference of
 * both labels' messages matters; filtering is linear, so that difference is the filtered q - (1 - q) = 2q - 1.
 */

/** One kind of pairwise potential. */
export interface PairwiseTerm {
  readonly weight: number;
  readonly kernel: {
    /**
     * Every pixel's sum over all pixels of `values`, each weighted by the symmetrically normalised kernel
     * k(i, j) / sqrt(k(i, all) · k(j, all)); the pixel itself is included, as in the reference implementations.
     */
    filter(values: Float32Array, out: Float32Array): void;
  };
}

/** 2q - 1 of a probability q with log-odds from -LIMIT to LIMIT, tabulated: a table is four times as fast as `Math.exp`. */
const LIMIT = 16;
const PER_UNIT = 64;
const BALANCES = Float64Array.from({ length: 2 * LIMIT * PER_UNIT + 1 }, (_, i) =>
  Math.tanh((i / PER_UNIT - LIMIT) / 2),
);

/**
 * @param logits log-odds of the first label at each pixel, from the unary term alone
 * @returns the probability of the first label at each pixel
 */
export function meanField(
  logits: Float32Array,
  terms: readonly PairwiseTerm[],
  iterations: number,
): Float32Array {
  const n = logits.length;
  const balance = new Float32Array(n);
  const message = new Float32Array(n);
  const total = Float32Array.from(logits);
  for (let iteration = 0; iteration < iterations; iteration++) {
    readBalances(total, balance);
    total.set(logits);
    for (const { kernel, weight } of terms) {
      kernel.filter(balance, message);
      for (let i = 0; i < n; i++) total[i]! += weight * message[i]!;
    }
  }
  for (let i = 0; i < n; i++) total[i] = 1 / (1 + Math.exp(-total[i]!));
  return total;
}

/** Linear between the table's places: off by 6e-6 at most. */
function readBalances(logOdds: Float32Array, balances: Float32Array): void {
  for (let i = 0; i < logOdds.length; i++) {
    const place = (Math.min(Math.max(logOdds[i]!, -LIMIT), LIMIT) + LIMIT) * PER_UNIT;
    const before = Math.min(place | 0, BALANCES.length - 2);
    const low = BALANCES[before]!;
    balances[i] = low + (place - before) * (BALANCES[before + 1]! - low);
  }
}
