/** The probability that a pixel belongs to what stands out, as grey. */
import type { Pixels, Subject } from '../subject.js';

/** 8-bit grey at the picture's size: round(255 p), black ground, white subject. Shares the subject's memory. */
export function renderMap({ map: { width, height, data } }: Subject): Pixels {
  return { width, height, channels: 1, data };
}
