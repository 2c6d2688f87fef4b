/// <reference lib="dom" />
/** A map as a layer of pixels, to be laid over, or cut out of, the picture at any size. */

import { HEAT_OPACITY, heatColours } from '../../../saliency/render/heat-colours.js';
import { context2d, scratch } from '../../../service/page/client/dom.js';
import type { SubjectResult } from '../protocol.js';

export const LOOK_NAMES = { heatmap: 'Heat map', cutout: 'Cut-out', map: 'Map' } as const;
export type Look = keyof typeof LOOK_NAMES;

/** Opacity of a cut-out rises from 0 to 1 within this distance of the threshold. */
const SOFTNESS = 0.2;

/** RGBA of each of 256 probabilities. */
function palette(look: Look, threshold: number): Uint8ClampedArray {
  const colours = new Uint8ClampedArray(4 * 256);
  for (let value = 0; value < 256; value++) colours.set(colourOf(look, value, threshold), 4 * value);
  return colours;
}

/** @param value of the map, 0 to 255 */
function colourOf(look: Look, value: number, threshold: number): readonly number[] {
  if (look === 'map') return [value, value, value, 255];
  if (look === 'heatmap') return [...heatColours().subarray(3 * value, 3 * value + 3), 255 * HEAT_OPACITY];
  const t = Math.min(1, Math.max(0, (value / 255 - Math.max(0, threshold - SOFTNESS)) / (2 * SOFTNESS)));
  return [0, 0, 0, 255 * t * t * (3 - 2 * t)];
}

/** A canvas of the map's size. */
export function subjectLayer(
  { map, width, height, threshold }: SubjectResult,
  look: Look,
): HTMLCanvasElement {
  const colours = new Uint32Array(palette(look, threshold).buffer);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < pixels.length; index++) pixels[index] = colours[map[index]!]!;
  const canvas = scratch(width, height);
  context2d(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** Draws the picture with its layer on `canvas`, which keeps its size. */
export function drawSubject(
  canvas: HTMLCanvasElement,
  picture: CanvasImageSource,
  layer: CanvasImageSource,
  look: Look,
): void {
  const { width, height } = canvas;
  const context = context2d(canvas);
  context.globalCompositeOperation = 'source-over';
  context.clearRect(0, 0, width, height);
  if (look !== 'map') context.drawImage(picture, 0, 0, width, height);
  if (look === 'cutout') context.globalCompositeOperation = 'destination-in';
  context.drawImage(layer, 0, 0, width, height);
  context.globalCompositeOperation = 'source-over';
}

/** Share of the pixels that belong to the subject. */
export function coverage({ map, threshold }: SubjectResult): number {
  const level = 255 * threshold;
  let count = 0;
  for (const value of map) if (value >= level) count++;
  return count / map.length;
}
