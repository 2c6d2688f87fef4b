/**
 * What an augmentation is. Each lives in its own file with the range of its strength; `strength` in [0, 1] scales how far
 * into that range a draw may go (0: no visible effect, 1: the whole range). All randomness comes from `random`.
 */
import type { GrayImage, Point } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';

/** Bends the outlines before they are rasterised: a map of points in pixels, the same for every glyph of the line. */
export interface OutlineAugmentation {
  readonly kind: 'outline';
  readonly name: string;
  /** Parameter → [least, most] at strength 1, with the unit in the parameter's name. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Draws parameters for one line whose text fills `box` and returns the map. */
  prepare(
    box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
    random: Random,
    strength: number,
  ): (x: number, y: number) => Point;
}

/** Degrades the drawn picture. Must not move text by more than a pixel, so that labels stay exact. */
export interface RasterAugmentation {
  readonly kind: 'raster';
  readonly name: string;
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** May change `image.data` in place or return a new image of the same size. */
  apply(image: GrayImage, random: Random, strength: number): GrayImage;
}
