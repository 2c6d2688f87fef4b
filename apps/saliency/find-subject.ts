/** From a picture to what stands out in it: infer, refine, bring to the picture's size, divide, measure. */
import { expected } from '../../models/base/errors.js';
import type { FloatMap, GrayImage } from '../../models/base/image.js';
import type { SaliencyModel, SaliencyPrediction } from '../../models/saliency/saliency.js';
import { onBackdrop } from './backdrop.js';
import { findBoxes } from './boxes.js';
import { jointUpsample } from './joint-upsample.js';
import { resizeMap } from './resize-map.js';
import { stopwatch } from './stopwatch.js';
import type { Picture, Subject, SubjectStats, SubjectTimings } from './subject.js';
import { chooseThreshold, levelOf, type Threshold } from './threshold.js';

export type { Picture, Pixels, Subject, SubjectBox, SubjectStats } from './subject.js';

/**
 * `none`: the network's map, resized. `crf`: a fully connected CRF on it, then upsampling along the picture's edges.
 * `contour-crf`: the CRF also sees the network's contour map; it takes half as long again and gains little.
 */
export const REFINEMENTS = ['none', 'crf', 'contour-crf'] as const;
export type Refinement = (typeof REFINEMENTS)[number];

export interface FindSubjectOptions {
  readonly refine: Refinement;
  /** Default `auto`. */
  readonly threshold?: Threshold;
  /** Looked at between the stages; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * @param picture upright; where it has alpha, pixels that are wholly transparent cannot stand out.
 * @throws invalid_argument for a threshold outside of (0, 1], inference_failed, the signal's reason
 */
export async function findSubject(
  picture: Picture,
  model: SaliencyModel,
  options: FindSubjectOptions,
): Promise<Subject> {
  const { threshold = 'auto', signal } = options;
  checkThreshold(threshold);
  const seen = onBackdrop(picture);
  const clock = stopwatch();
  signal?.throwIfAborted();
  const prediction = await model.predict(seen);
  const infer = clock();
  signal?.throwIfAborted();
  const refined =
    options.refine === 'none' ? undefined : await refine(prediction, options.refine === 'contour-crf');
  const refineTime = clock();
  signal?.throwIfAborted();
  const { width, height } = picture;
  const data = refined
    ? jointUpsample(refined, prediction.pixels, seen)
    : resizeMap(prediction.map, width, height);
  if (picture.alpha) hideTransparent(data, picture.alpha);
  const resize = clock();
  const timings = { infer, refine: refined ? refineTime : 0, resize, measure: 0 };
  const subject = measure({ width, height, data }, threshold, timings);
  return { ...subject, timings: { ...timings, measure: clock() } };
}

/** The same map divided elsewhere. @throws invalid_argument for a threshold outside of (0, 1] */
export function withThreshold(subject: Subject, threshold: Threshold): Subject {
  checkThreshold(threshold);
  return measure(subject.map, threshold, subject.timings);
}

/** The CRF's default is for maps of 320 pixels. */
export const bilateralPositionFor = (side: number) => side / 8;

async function refine({ map, pixels, contour }: SaliencyPrediction, seesContour: boolean): Promise<FloatMap> {
  const { refineMap } = await import('../../models/saliency/crf/refine-map.js');
  const options = { bilateralPosition: bilateralPositionFor(Math.max(map.width, map.height)) };
  return refineMap(pixels, map, { ...options, ...(seesContour && contour && { contour }) });
}

function measure(map: GrayImage, threshold: Threshold, timings: SubjectTimings): Subject {
  const histogram = new Float64Array(256);
  for (const value of map.data) histogram[value]!++;
  const chosen = threshold === 'auto' ? chooseThreshold(histogram) : threshold;
  const level = levelOf(chosen);
  return {
    width: map.width,
    height: map.height,
    map,
    threshold: chosen,
    boxes: findBoxes(map, level),
    stats: statsOf(histogram, level),
    timings,
  };
}

function statsOf(histogram: Float64Array, level: number): SubjectStats {
  let [count, total, inside, insideTotal, peak] = [0, 0, 0, 0, 0];
  histogram.forEach((number, value) => {
    count += number;
    total += number * value;
    if (number > 0) peak = value;
    if (value < level) return;
    inside += number;
    insideTotal += number * value;
  });
  return {
    coverage: inside / count,
    confidence: inside > 0 ? insideTotal / inside / 255 : 0,
    mean: total / count / 255,
    peak: peak / 255,
  };
}

function hideTransparent(map: Uint8Array, alpha: Uint8Array): void {
  for (let index = 0; index < map.length; index++) if (alpha[index] === 0) map[index] = 0;
}

function checkThreshold(threshold: Threshold): void {
  if (threshold !== 'auto' && !(threshold > 0 && threshold <= 1))
    throw expected('invalid_argument', '"auto" or a number above 0 and at most 1', 'threshold', threshold);
}
