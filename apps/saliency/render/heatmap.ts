/** The map in colours over the picture. */
import { onBackdrop } from '../backdrop.js';
import type { Picture, Pixels, Subject } from '../subject.js';
import { HEAT_OPACITY, heatColours } from './heat-colours.js';

export interface HeatmapOptions {
  /** Of the colours over the picture, in [0, 1]. Default `HEAT_OPACITY`. */
  readonly opacity?: number;
}

/** RGB at the picture's size: the picture under dark blue (0) over purple and orange to pale yellow (1). */
export function renderHeatmap(
  picture: Picture,
  { map }: Subject,
  { opacity = HEAT_OPACITY }: HeatmapOptions = {},
): Pixels {
  const { width, height, data } = onBackdrop(picture);
  const colours = heatColours();
  const result = new Uint8Array(data.length);
  for (let index = 0, at = 0; index < map.data.length; index++) {
    const entry = 3 * map.data[index]!;
    for (let channel = 0; channel < 3; channel++, at++)
      result[at] = Math.round((1 - opacity) * data[at]! + opacity * colours[entry + channel]!);
  }
  return { width, height, channels: 3, data: result };
}
