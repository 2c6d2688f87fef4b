/** Subject or ground, nothing between. */
import type { Pixels, Subject } from '../subject.js';
import { levelOf } from '../threshold.js';

/** 8-bit grey at the picture's size: 255 where the map reaches the subject's threshold, else 0. */
export function renderMask({ map: { width, height, data }, threshold }: Subject): Pixels {
  const level = levelOf(threshold);
  return { width, height, channels: 1, data: data.map((value) => (value >= level ? 255 : 0)) };
}
