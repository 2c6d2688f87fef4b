/** What can be seen of a picture and saved, made from its map by the same functions that the command and the service use. */
import type { Box } from '../../../../models/base/image.js';
import { parseColour } from '../../../saliency/colour.js';
import { type Crop, cropAround, cropPixels, parseRatio } from '../../../saliency/render/crop.js';
import { renderCutout } from '../../../saliency/render/cutout.js';
import { renderHeatmap } from '../../../saliency/render/heatmap.js';
import { renderMap } from '../../../saliency/render/map.js';
import { renderMask } from '../../../saliency/render/mask.js';
import { renderPicture } from '../../../saliency/render/picture.js';
import type { Picture, Pixels, Subject } from '../../../saliency/subject.js';
import { scratch } from './dom.js';

export const VIEW_NAMES = {
  original: 'Original',
  heatmap: 'Heat map',
  map: 'Map',
  mask: 'Mask',
  cutout: 'Cut-out',
  crop: 'Crop',
} as const;
export type View = keyof typeof VIEW_NAMES;

export interface ViewOptions {
  /** `#rrggbb`, or empty: transparent. */
  readonly background: string;
  /** `16:9`, or empty: the subject's own. */
  readonly ratio: string;
  /** Share of the subject's longer side. */
  readonly margin: number;
}

export function cropOf(subject: Subject, { ratio, margin }: ViewOptions): Crop {
  return cropAround(subject, { margin, ...(ratio && { ratio: parseRatio(ratio) }) });
}

export function renderView(view: View, picture: Picture, subject: Subject, options: ViewOptions): Pixels {
  switch (view) {
    case 'original':
      return renderPicture(picture);
    case 'heatmap':
      return renderHeatmap(picture, subject);
    case 'map':
      return renderMap(subject);
    case 'mask':
      return renderMask(subject);
    case 'cutout': {
      const { background } = options;
      return renderCutout(picture, subject, background ? { background: parseColour(background) } : {});
    }
    case 'crop':
      return cropPixels(renderPicture(picture), cropOf(subject, options).box);
  }
}

export function toImageData({ width, height, channels, data }: Pixels): ImageData {
  const image = new ImageData(width, height);
  const rgba = new Uint32Array(image.data.buffer);
  // Little-endian, as every machine with a browser is: alpha, blue, green, red from the top.
  for (let index = 0, at = 0; index < rgba.length; index++, at += channels) {
    const red = data[at]!;
    const isGrey = channels === 1;
    const green = isGrey ? red : data[at + 1]!;
    const blue = isGrey ? red : data[at + 2]!;
    const alpha = channels === 4 ? data[at + 3]! : 255;
    rgba[index] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return image;
}

/** Draws the pixels on a canvas and makes it their size. */
export function show(canvas: HTMLCanvasElement, pixels: Pixels): void {
  if (canvas.width !== pixels.width) canvas.width = pixels.width;
  if (canvas.height !== pixels.height) canvas.height = pixels.height;
  canvas.getContext('2d')?.putImageData(toImageData(pixels), 0, 0);
}

/** A canvas to encode; where the format has no transparency, on white. */
export function canvasOfPixels(pixels: Pixels, isOpaque: boolean): HTMLCanvasElement {
  const canvas = scratch(pixels.width, pixels.height);
  show(canvas, pixels);
  const context = canvas.getContext('2d');
  if (isOpaque && context) {
    context.globalCompositeOperation = 'destination-over';
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

/** A box in another picture's pixels. */
export function scaled({ x, y, width, height }: Box, by: number): Box {
  return {
    x: Math.round(x * by),
    y: Math.round(y * by),
    width: Math.round(width * by),
    height: Math.round(height * by),
  };
}
