/** Sets a text in one line: glyphs with kerning and ligatures at their places, and where each character came to stand. */
import type { Glyph, OutlineFont } from '../fonts/outline-font.js';
import { Outline } from './outline.js';

/** How one glyph strays from its place: shifts in ems (y down), rotation in radians about its foot. */
export interface GlyphOffset {
  readonly x: number;
  readonly y: number;
  readonly rotation: number;
}

export interface LayoutOptions {
  /** Default true. */
  readonly kerning?: boolean;
  /** fi, fl, ff, ffi, ffl where the font has them and the text is not letter-spaced. Default true. */
  readonly ligatures?: boolean;
  /** Space added between characters, in ems. */
  readonly tracking?: number;
  /** Factor on the width of blanks. */
  readonly wordSpace?: number;
  /** Index of a blank (in characters) → space added to it, in ems. */
  readonly gaps?: ReadonlyMap<number, number>;
  /** Horizontal scale of the glyphs. */
  readonly stretch?: number;
  /** Glyphs begin at whole pixels, as on screens without subpixel placement. */
  readonly wholePixels?: boolean;
  readonly offset?: (index: number) => GlyphOffset;
}

/** The x range of one character (of its advance, not of its ink), in pixels. Characters of a ligature share its range. */
export interface PlacedCharacter {
  readonly character: string;
  readonly left: number;
  readonly right: number;
}

/** A line of text as outlines in pixels: x right from its origin, y down, baseline at y = 0. */
export interface PlacedText {
  readonly outline: Outline;
  /** One entry a code point of the text. */
  readonly characters: readonly PlacedCharacter[];
  /** Sum of advances. */
  readonly width: number;
  /** Height of capitals above the baseline. */
  readonly ascent: number;
  /** Depth of descenders below the baseline (positive). */
  readonly descent: number;
}

/** @param sizePx pixels of an em */
export function layoutText(
  font: OutlineFont,
  text: string,
  sizePx: number,
  options: LayoutOptions = {},
): PlacedText {
  const { kerning = true, ligatures = true, tracking = 0, wordSpace = 1, stretch = 1 } = options;
  const letters = [...text];
  const outline = new Outline();
  const characters: PlacedCharacter[] = [];
  let x = 0;
  let previous: Glyph | undefined;
  for (let i = 0; i < letters.length; ) {
    const character = letters[i] as string;
    const ligature = ligatures && Math.abs(tracking) < 0.03 ? font.ligature(letters, i) : undefined;
    const glyph = ligature?.glyph ?? font.glyph(character);
    const length = ligature?.length ?? 1;
    if (kerning && previous) x += font.kerning(previous, glyph) * stretch * sizePx;
    if (options.wholePixels) x = Math.round(x);
    if (!glyph.outline.empty) {
      const stray = options.offset?.(i);
      const angle = stray?.rotation ?? 0;
      const cos = Math.cos(angle) * sizePx;
      const sin = Math.sin(angle) * sizePx;
      outline.append(
        glyph.outline,
        cos * stretch,
        sin * stretch,
        -sin,
        cos,
        x + (stray?.x ?? 0) * sizePx,
        (stray?.y ?? 0) * sizePx,
      );
    }
    let advance = glyph.advance * stretch;
    if (character === ' ' || character === '\u00a0') {
      advance = Math.max(advance * wordSpace, 0.12) + (options.gaps?.get(i) ?? 0);
    }
    const right = x + Math.max(advance, 0) * sizePx;
    for (let k = 0; k < length; k++) {
      const from = x + ((right - x) * k) / length;
      characters.push({
        character: letters[i + k] as string,
        left: from,
        right: x + ((right - x) * (k + 1)) / length,
      });
    }
    x = right + tracking * sizePx;
    previous = glyph;
    i += length;
  }
  const width = characters.at(-1)?.right ?? 0;
  return { outline, characters, width, ascent: font.capHeight * sizePx, descent: font.descent * sizePx };
}
