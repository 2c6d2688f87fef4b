/** How well lines were found: by IoU (one to one), and by coverage, for sets whose labels are words or segments. */
import type { LabelledLine, Point, Quad } from '../base/image.js';
import { lineFrame } from './line-frame.js';
import { intersectionArea, quadArea } from './quad-overlap.js';

/** Counts that add up over pages. */
export interface DetectionCounts {
  /** Labels, without ignored ones. */
  readonly labels: number;
  readonly labelsFound: number;
  /** Detections, without those that lie on ignored labels. */
  readonly detections: number;
  readonly detectionsRight: number;
}

export interface DetectionScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

type Label = Pick<LabelledLine, 'quad' | 'ignore'>;

/** A detection more than half of which lies on ignored labels is not counted. */
const IGNORE_SHARE = 0.5;

/** One to one, best overlaps first; a pair matches from IoU `threshold` on. */
export function countMatches(
  labels: readonly Label[],
  detections: readonly Quad[],
  threshold = 0.5,
): DetectionCounts {
  const wanted = labels.filter((label) => !label.ignore).map((label) => label.quad);
  const pairs: { label: number; detection: number; iou: number }[] = [];
  for (let i = 0; i < wanted.length; i++) {
    for (let j = 0; j < detections.length; j++) {
      const shared = intersectionArea(wanted[i]!, detections[j]!);
      if (shared === 0) continue;
      const iou = shared / (quadArea(wanted[i]!) + quadArea(detections[j]!) - shared);
      if (iou >= threshold) pairs.push({ label: i, detection: j, iou });
    }
  }
  pairs.sort((a, b) => b.iou - a.iou);
  const labelUsed = new Set<number>();
  const detectionUsed = new Set<number>();
  for (const { label, detection } of pairs) {
    if (labelUsed.has(label) || detectionUsed.has(detection)) continue;
    labelUsed.add(label);
    detectionUsed.add(detection);
  }
  const ignored = detections.filter((quad, j) => !detectionUsed.has(j) && isIgnored(quad, labels)).length;
  return {
    labels: wanted.length,
    labelsFound: labelUsed.size,
    detections: detections.length - ignored,
    detectionsRight: detectionUsed.size,
  };
}

/**
 * Labels may be words, segments or lines, and leave as much room above and below as their makers liked: some reach into the
 * lines around. So a label is found when one detection covers 70 % of the middle half of its height and is at most 2.2
 * times as high as all of it; a detection is right when labels (ignored ones too) cover 40 % of it: gaps between words are not print.
 */
export function countCoverage(labels: readonly Label[], detections: readonly Quad[]): DetectionCounts {
  const wanted = labels.filter((label) => !label.ignore);
  const heights = detections.map((quad) => lineFrame(quad).height);
  let labelsFound = 0;
  for (const { quad } of wanted) {
    const { height } = lineFrame(quad);
    const middle = middleHalf(quad);
    const least = 0.7 * quadArea(middle);
    if (detections.some((d, j) => heights[j]! <= 2.2 * height && intersectionArea(middle, d) >= least))
      labelsFound++;
  }
  let counted = 0;
  let detectionsRight = 0;
  for (const quad of detections) {
    if (isIgnored(quad, labels)) continue;
    counted++;
    let covered = 0;
    for (const label of labels) covered += intersectionArea(quad, label.quad);
    if (covered >= 0.4 * quadArea(quad)) detectionsRight++;
  }
  return { labels: wanted.length, labelsFound, detections: counted, detectionsRight };
}

/** Of its height. */
function middleHalf([a, b, c, d]: Quad): Quad {
  const between = (p: Point, q: Point, share: number): Point => [
    p[0] + share * (q[0] - p[0]),
    p[1] + share * (q[1] - p[1]),
  ];
  return [between(a, d, 0.25), between(b, c, 0.25), between(b, c, 0.75), between(a, d, 0.75)];
}

export function addCounts(a: DetectionCounts, b: DetectionCounts): DetectionCounts {
  return {
    labels: a.labels + b.labels,
    labelsFound: a.labelsFound + b.labelsFound,
    detections: a.detections + b.detections,
    detectionsRight: a.detectionsRight + b.detectionsRight,
  };
}

export const NO_COUNTS: DetectionCounts = { labels: 0, labelsFound: 0, detections: 0, detectionsRight: 0 };

/** Shares in [0, 1]; of nothing, all is right. */
export function score({ labels, labelsFound, detections, detectionsRight }: DetectionCounts): DetectionScore {
  const recall = labels === 0 ? 1 : labelsFound / labels;
  const precision = detections === 0 ? 1 : detectionsRight / detections;
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

function isIgnored(quad: Quad, labels: readonly Label[]): boolean {
  let shared = 0;
  for (const label of labels) if (label.ignore) shared += intersectionArea(quad, label.quad);
  return shared > IGNORE_SHARE * quadArea(quad);
}
