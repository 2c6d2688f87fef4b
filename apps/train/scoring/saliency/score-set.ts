/** Figures of a set: means over its images, and what follows from the mean curves. */
import type { BinaryMask } from './binary-mask.js';
import type { MapScore } from './score-map.js';
import { fMeasure, THRESHOLDS } from './threshold-counts.js';

/** Figures in [0, 1], rounded to four decimals; undefined figures of an empty set are NaN. README.md says what each means. */
export interface SaliencyScore {
  /** Images that count. */
  readonly n: number;
  readonly maxF: number;
  readonly meanF: number;
  readonly adaptiveF: number;
  readonly weightedF: number;
  readonly structure: number;
  readonly maxE: number;
  readonly meanE: number;
  readonly adaptiveE: number;
  readonly mae: number;
}

/** Mean precision and recall at the thresholds 0 to 255, not rounded. */
export interface SaliencyCurve {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
}

/** Masks with a smaller share of foreground show nothing that stands out: they do not count. */
const LEAST_FOREGROUND = 1e-3;

export function counts({ foreground, width, height }: BinaryMask): boolean {
  return foreground / (width * height) >= LEAST_FOREGROUND;
}

/** Figures that are means over the images and nothing else. */
const PLAIN_MEANS = ['adaptiveF', 'adaptiveE', 'weightedF', 'structure', 'error'] as const;

/** Adds up the maps of a set; nothing is kept of the single one. */
export class SaliencyScorer {
  readonly #precision = new Float64Array(THRESHOLDS);
  readonly #recall = new Float64Array(THRESHOLDS);
  readonly #alignment = new Float64Array(THRESHOLDS);
  readonly #sums = { adaptiveF: 0, adaptiveE: 0, weightedF: 0, structure: 0, error: 0 };
  #n = 0;

  add(score: MapScore): void {
    this.#n++;
    for (let t = 0; t < THRESHOLDS; t++) {
      this.#precision[t]! += score.precision[t]!;
      this.#recall[t]! += score.recall[t]!;
      this.#alignment[t]! += score.alignment[t]!;
    }
    for (const key of PLAIN_MEANS) this.#sums[key] += score[key];
  }

  curve(): SaliencyCurve {
    const n = this.#n;
    return {
      precision: this.#precision.map((sum) => sum / n),
      recall: this.#recall.map((sum) => sum / n),
    };
  }

  score(): SaliencyScore {
    const n = this.#n;
    const { precision, recall } = this.curve();
    const f = precision.map((p, t) => fMeasure(p, recall[t]!));
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / THRESHOLDS;
    const sums = this.#sums;
    return {
      n,
      maxF: fourDecimals(largest(f)),
      meanF: fourDecimals(mean(f)),
      adaptiveF: fourDecimals(sums.adaptiveF / n),
      weightedF: fourDecimals(sums.weightedF / n),
      structure: fourDecimals(sums.structure / n),
      maxE: fourDecimals(largest(this.#alignment) / n),
      meanE: fourDecimals(mean(this.#alignment) / n),
      adaptiveE: fourDecimals(sums.adaptiveE / n),
      mae: fourDecimals(sums.error / n),
    };
  }
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/** Rounds the exact value of a non-negative double, exact ties to the even digit. */
function fourDecimals(value: number): number {
  // Only odd multiples of 1/32 lie exactly between two ten-thousandths; there toFixed rounds up.
  const parts = value * 32;
  if (Number.isInteger(parts) && parts % 2 === 1) {
    const below = Math.floor(value * 10_000);
    return (below % 2 === 0 ? below : below + 1) / 10_000;
  }
  return Number(value.toFixed(4));
}
