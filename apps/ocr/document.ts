/**
 * The result of reading: one tree, from which every output format is written by a pure function. Coordinates are pixels
 * of the upright (EXIF applied) input image, origin top left; confidences are in [0, 1].
 */
import type { Quad } from '../../models/base/image.js';

/** One Unicode character (code point) of a word. */
export interface PlacedCharacter {
  readonly text: string;
  readonly quad: Quad;
  readonly confidence: number;
}

export interface ReadWord {
  readonly text: string;
  readonly quad: Quad;
  readonly confidence: number;
  /** Left to right; present when they were asked for. */
  readonly characters?: readonly PlacedCharacter[];
}

export interface ReadLine {
  readonly text: string;
  readonly quad: Quad;
  readonly confidence: number;
  readonly words: readonly ReadWord[];
}

export interface ReadParagraph {
  readonly lines: readonly ReadLine[];
}

/** A column, a heading, a cell, ... : paragraphs that are read one after the other. */
export interface ReadBlock {
  readonly quad: Quad;
  readonly paragraphs: readonly ReadParagraph[];
}

export interface ReadPage {
  /** 1 for the first. */
  readonly number: number;
  readonly width: number;
  readonly height: number;
  /** Clockwise quarter turns (0, 90, 180, 270) that bring the page upright. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Remaining slope of the lines in degrees, clockwise positive. */
  readonly skew: number;
  readonly blocks: readonly ReadBlock[];
}

export interface ReadDocument {
  /** Path as it was given, or "-" for standard input. */
  readonly file: string;
  readonly pages: readonly ReadPage[];
}
