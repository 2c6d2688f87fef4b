/** Measures a detector on the line (or word) quads of page sets. */

import type { Detector } from '../../../models/detector/detection.js';
import {
  addCounts,
  countCoverage,
  countMatches,
  type DetectionScore,
  NO_COUNTS,
  score,
} from '../../../models/detector/detection-metrics.js';
import { loadGray } from '../load-gray.js';
import { loadLabels } from '../scoring/labels.js';
import { markdownTable } from './markdown-table.js';
import type { NamedSet } from './sets.js';

export interface DetectorEvaluation {
  readonly id: string;
  /** Pages with quads. */
  readonly n: number;
  readonly labels: number;
  /** One to one, from an intersection over union of 0.5 on. */
  readonly matched: DetectionScore;
  /** By coverage: labels may be words or segments of lines. */
  readonly covered: DetectionScore;
}

/** Sets without quads give no row. @throws data_missing, invalid_data, interrupted */
export async function evaluateDetector(
  detector: Detector,
  sets: readonly NamedSet[],
  options: { readonly signal?: AbortSignal; readonly onSet?: (evaluation: DetectorEvaluation) => void } = {},
): Promise<DetectorEvaluation[]> {
  const evaluations: DetectorEvaluation[] = [];
  for (const { id, folder } of sets) {
    let n = 0;
    let matches = NO_COUNTS;
    let coverage = NO_COUNTS;
    for (const { path, lines } of loadLabels(folder).samples) {
      if (!lines) continue;
      options.signal?.throwIfAborted();
      const image = await loadGray(path);
      const found = await detector.detect(image, options.signal ? { signal: options.signal } : {});
      const quads = found.map(({ quad }) => quad);
      matches = addCounts(matches, countMatches(lines, quads));
      coverage = addCounts(coverage, countCoverage(lines, quads));
      n++;
    }
    if (n === 0) continue;
    const evaluation = { id, n, labels: matches.labels, matched: score(matches), covered: score(coverage) };
    evaluations.push(evaluation);
    options.onSet?.(evaluation);
  }
  return evaluations;
}

export function detectorTable(evaluations: readonly DetectorEvaluation[]): string {
  const share = (value: number) => (100 * value).toFixed(2);
  const figures = ({ precision, recall, f1 }: DetectionScore) => [share(precision), share(recall), share(f1)];
  const titles = [
    'n',
    'labels',
    ...['IoU', 'coverage'].flatMap((by) => ['P %', 'R %', 'F1 %'].map((what) => `${by} ${what}`)),
  ];
  return markdownTable(
    [{ title: 'set', align: 'left' }, ...titles.map((title) => ({ title }))],
    evaluations.map(({ id, n, labels, matched, covered }) => [
      id,
      String(n),
      String(labels),
      ...figures(matched),
      ...figures(covered),
    ]),
  );
}
