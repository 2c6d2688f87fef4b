/** Which pictures can be asked for, and what each is made of. */
import type { Colour } from './colour.js';
import { type Crop, type CropOptions, cropAround, cropPixels } from './render/crop.js';
import { renderCutout } from './render/cutout.js';
import { renderHeatmap } from './render/heatmap.js';
import { renderMap } from './render/map.js';
import { renderMask } from './render/mask.js';
import { renderPicture } from './render/picture.js';
import type { Picture, Pixels, Subject } from './subject.js';

/** `crop` is the picture itself around the subject; the others are the whole picture unless `crop` is given as well. */
export const OUTPUT_KINDS = ['map', 'mask', 'cutout', 'heatmap', 'crop'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

export interface OutputOptions {
  /** Cuts the output to the subject. */
  readonly crop?: CropOptions;
  /** For cut-outs. */
  readonly background?: Colour;
  /** For cut-outs: see `CutoutOptions`. */
  readonly softness?: number;
}

export function renderOutput(
  kind: OutputKind,
  picture: Picture,
  subject: Subject,
  options: OutputOptions = {},
): Pixels {
  const pixels = renderWhole(kind, picture, subject, options);
  const crop = cropOf(kind, subject, options);
  return crop ? cropPixels(pixels, crop.box) : pixels;
}

/** Where the output is cut to; undefined where it is whole. */
export function cropOf(
  kind: OutputKind | 'json',
  subject: Subject,
  { crop }: OutputOptions,
): Crop | undefined {
  return crop || kind === 'crop' ? cropAround(subject, crop) : undefined;
}

function renderWhole(kind: OutputKind, picture: Picture, subject: Subject, options: OutputOptions): Pixels {
  const { background, softness } = options;
  switch (kind) {
    case 'map':
      return renderMap(subject);
    case 'mask':
      return renderMask(subject);
    case 'heatmap':
      return renderHeatmap(picture, subject);
    case 'crop':
      return renderPicture(picture);
    case 'cutout':
      return renderCutout(picture, subject, {
        ...(background && { background }),
        ...(softness !== undefined && { softness }),
      });
  }
}
