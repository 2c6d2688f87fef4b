/**
 * Quality against cost, after the pruned parameter efficiency of Hoefler et al. 2021, "Sparsity in Deep Learning": a
 * figure by which networks of different size and quality can be compared. Our definitions, with quality q in points of
 * 100 and n parameters that are not 0:
 *
 * - quality a parameter: q per million parameters;
 * - quality a MAC: q per million multiply-accumulates;
 * - hardness-normalised: (q / (100 − q)) / log₁₀ n. What is right against what is wrong, since the last points are the
 *   hardest to win, a decade of parameters;
 * - against the parent: points lost for each tenfold reduction of parameters.
 */
export interface Efficiency {
  readonly perMillionParameters: number;
  readonly perMillionMacs: number;
  readonly hardnessNormalised: number;
  /** Undefined for the parent itself, and where no parameter is gone. */
  readonly lossPerDecade?: number;
}

export interface EfficiencyPoint {
  /** In points of 100. */
  readonly quality: number;
  readonly nonZeroParameters: number;
  readonly nonZeroMacs: number;
}

export function efficiencyOf(point: EfficiencyPoint, parent?: EfficiencyPoint): Efficiency {
  const { quality, nonZeroParameters, nonZeroMacs } = point;
  const decades = parent ? Math.log10(parent.nonZeroParameters / nonZeroParameters) : 0;
  return {
    perMillionParameters: quality / (nonZeroParameters / 1e6),
    perMillionMacs: quality / (nonZeroMacs / 1e6),
    // At 100 points nothing is wrong: as if one of a hundred thousand were.
    hardnessNormalised: quality / Math.max(1e-3, 100 - quality) / Math.log10(Math.max(10, nonZeroParameters)),
    ...(parent && decades > 1e-3 && { lossPerDecade: (parent.quality - quality) / decades }),
  };
}
