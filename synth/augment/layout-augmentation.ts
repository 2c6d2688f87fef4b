/** Augmentations that act before there is one outline: on the places of glyphs, or on the weight of their strokes. */
import type { Random } from '../../models/base/random.js';
import type { GlyphOffset } from '../render/layout.js';

/** What a layout augmentation changes; lengths in ems. */
export interface LayoutChange {
  /** Space added between characters. */
  readonly tracking?: number;
  /** Factor on the width of blanks. */
  readonly wordSpace?: number;
  /** Growth of strokes at each side (negative: thinner). */
  readonly grow?: number;
  readonly offset?: (index: number) => GlyphOffset;
}

export interface LayoutAugmentation {
  readonly kind: 'layout';
  readonly name: string;
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Draws the change for one line of `length` characters; strength 0 gives no change. */
  draw(length: number, random: Random, strength: number): LayoutChange;
}
