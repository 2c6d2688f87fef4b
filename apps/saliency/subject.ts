/** What stands out in one picture: the words that all of apps/saliency shares. */
import type { Box, ColourImage, GrayImage } from '../../models/base/image.js';

/** A decoded picture: sRGB colours as stored (not multiplied by alpha), upright. */
export interface Picture extends ColourImage {
  /** 0 transparent, 255 opaque, `width * height` values; absent where every pixel is opaque. */
  readonly alpha?: Uint8Array;
}

/** One connected part of the mask, in pixels of the picture. */
export interface SubjectBox extends Box {
  /** Pixels of the part. */
  readonly area: number;
  /** The part's sum of probabilities over that of the whole mask, in (0, 1]. */
  readonly share: number;
}

export interface SubjectStats {
  /** Share of the pixels that belong to the mask, in [0, 1]. */
  readonly coverage: number;
  /** Mean probability within the mask, in [0, 1]; 0 where the mask is empty. */
  readonly confidence: number;
  /** Mean and largest probability of the whole map, in [0, 1]. */
  readonly mean: number;
  readonly peak: number;
}

/** Milliseconds of each stage. */
export interface SubjectTimings {
  readonly infer: number;
  /** 0 where nothing was refined. */
  readonly refine: number;
  readonly resize: number;
  readonly measure: number;
}

export interface Subject {
  readonly width: number;
  readonly height: number;
  /** round(255 p) a pixel, p the probability that it belongs to what stands out. Never stretched: a blank picture stays dark. */
  readonly map: GrayImage;
  /** What divides the map into subject and ground, in (0, 1]: p >= threshold is subject. */
  readonly threshold: number;
  /** Connected parts of the mask that are not specks, the most salient first. */
  readonly boxes: readonly SubjectBox[];
  readonly stats: SubjectStats;
  readonly timings: SubjectTimings;
}

/** Pixels ready to be encoded: grey, RGB or RGBA (colours not multiplied by alpha), row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}
