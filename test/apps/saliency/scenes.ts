/** Pictures and subjects for tests, all made here. */

import { withThreshold } from '../../../apps/saliency/find-subject.js';
import { renderMap } from '../../../apps/saliency/render/map.js';
import type { Picture, Subject } from '../../../apps/saliency/subject.js';
import type { Box, FloatMap } from '../../../models/base/image.js';

export const isWithin = (x: number, y: number, box: Box) =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;

/** Red boxes on grey. */
export function scene(width: number, height: number, ...boxes: Box[]): Picture {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3)
      data.set(boxes.some((box) => isWithin(x, y, box)) ? [220, 30, 30] : [128, 128, 128], at);
  return { width, height, data };
}

/** What a perfect model finds: `value` within the boxes, 0 elsewhere. */
export function subjectOf(
  width: number,
  height: number,
  boxes: Box[],
  value = 255,
  threshold = 0.5,
): Subject {
  const data = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) if (boxes.some((box) => isWithin(x, y, box))) data[at] = value;
  return subjectOfMap(width, height, data, threshold);
}

export function subjectOfMap(width: number, height: number, data: Uint8Array, threshold = 0.5): Subject {
  const empty = { coverage: 0, confidence: 0, mean: 0, peak: 0 };
  const timings = { infer: 0, refine: 0, resize: 0, measure: 0 };
  const map = { width, height, data };
  return withThreshold({ width, height, map, threshold, boxes: [], stats: empty, timings }, threshold);
}

export const floatMap = (width: number, height: number, values: ArrayLike<number>): FloatMap => ({
  width,
  height,
  data: Float32Array.from(values),
});

export const rows = (subject: Subject) => {
  const { width, height, data } = renderMap(subject);
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
};
