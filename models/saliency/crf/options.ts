/** What can be set in the CRF, in which units, and what it is where nobody says. */
import { expected } from '../../base/errors.js';

export interface CrfOptions {
  /** Mean-field iterations, 0 to 100. Default 5. */
  readonly iterations?: number;
  /** Factor of the map's log-odds, above 0: below 1 the map is trusted less than it claims. Default 1. */
  readonly unaryWeight?: number;
  /** Weight of the bilateral term, at least 0 (0: none): pixels near in position and colour agree. Default 3. */
  readonly bilateralWeight?: number;
  /** Its standard deviation in position, in pixels. Default 40. */
  readonly bilateralPosition?: number;
  /** Its standard deviation in each of red, green and blue, in 8-bit levels. Default 10. */
  readonly bilateralColour?: number;
  /** Weight of the smoothness term, at least 0 (0: none): pixels near in position agree. Default 2. */
  readonly smoothnessWeight?: number;
  /** Its standard deviation in pixels. Default 2. */
  readonly smoothnessPosition?: number;
  /** With a contour: how many dimensions of its embedding join the bilateral term, 0 (none) to 4. Default 1. */
  readonly contourDimensions?: number;
  /** The bilateral term's standard deviation in the embedding, whose first dimension has variance 1. Default 0.5. */
  readonly contourDeviation?: number;
  /** The contour's probability over which the affinity of two places falls by a factor of e. Default 0.1. */
  readonly contourStrength?: number;
  /** Cells along the longer side of the grid on which the embedding is computed, 4 to 128. Default 40. */
  readonly contourGrid?: number;
  /** Reach of the affinity, in cells of that grid, 1 to 10. Default 5. */
  readonly contourRadius?: number;
}

export type ResolvedCrfOptions = Required<CrfOptions>;

/** Tuned on training images; the largest gain in mean absolute error that leaves the best F-measure as it was. */
export const CRF_DEFAULTS: ResolvedCrfOptions = {
  iterations: 5,
  unaryWeight: 1,
  bilateralWeight: 3,
  bilateralPosition: 40,
  bilateralColour: 10,
  smoothnessWeight: 2,
  smoothnessPosition: 2,
  contourDimensions: 1,
  contourDeviation: 0.5,
  contourStrength: 0.1,
  contourGrid: 40,
  contourRadius: 5,
};

interface Range {
  readonly least: number;
  readonly most: number;
  readonly whole?: true;
}

/** What each option may be, both ends included. */
export const CRF_RANGES: Readonly<Record<keyof CrfOptions, Range>> = {
  iterations: { least: 0, most: 100, whole: true },
  unaryWeight: { least: 0.001, most: 1000 },
  bilateralWeight: { least: 0, most: 1000 },
  bilateralPosition: { least: 0.1, most: 10000 },
  bilateralColour: { least: 0.1, most: 10000 },
  smoothnessWeight: { least: 0, most: 1000 },
  smoothnessPosition: { least: 0.1, most: 100 },
  contourDimensions: { least: 0, most: 4, whole: true },
  contourDeviation: { least: 0.01, most: 1000 },
  contourStrength: { least: 0.01, most: 10 },
  contourGrid: { least: 4, most: 128, whole: true },
  contourRadius: { least: 1, most: 10, whole: true },
};

/** Fills in the defaults. @throws invalid_argument for an unknown option or one out of its range */
export function resolveCrfOptions(options: CrfOptions = {}): ResolvedCrfOptions {
  const resolved: Record<string, number> = { ...CRF_DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(CRF_RANGES, name))
      throw expected(
        'invalid_argument',
        `one of ${Object.keys(CRF_RANGES).join(', ')}`,
        'a CRF option',
        name,
      );
    const { least, most, whole } = CRF_RANGES[name as keyof CrfOptions];
    const fits = typeof value === 'number' && value >= least && value <= most;
    if (!fits || (whole && !Number.isInteger(value))) {
      const kind = whole ? 'a whole number' : 'a number';
      throw expected('invalid_argument', `${kind} from ${least} to ${most}`, name, value);
    }
    resolved[name] = value;
  }
  return resolved as unknown as ResolvedCrfOptions;
}
