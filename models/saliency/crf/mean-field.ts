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
  const q = new Float32Array(n);
  const balance = new Float32Array(n);
  const message = new Float32Array(n);
  const total = Float32Array.from(logits);
  for (let iteration = 0; ; iteration++) {
    for (let i = 0; i < n; i++) q[i] = 1 / (1 + Math.exp(-total[i]!));
    if (iteration === iterations) return q;
    for (let i = 0; i < n; i++) balance[i] = 2 * q[i]! - 1;
    total.set(logits);
    for (const { kernel, weight } of terms) {
      kernel.filter(balance, message);
      for (let i = 0; i < n; i++) total[i]! += weight * message[i]!;
    }
  }
}
