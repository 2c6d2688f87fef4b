/**
 * Which font a line is set in: a pure function of seed and line number that changes its fonts slowly. Each class of
 * faces has a few slots; a slot keeps its font for 1024 lines, and the slots change at different times. Parsing a font
 * costs as much as drawing a line, so this keeps the fonts in use in the cache while a long run still sees every font.
 */
import { expected } from '../../models/base/errors.js';
import { Random } from '../../models/base/random.js';
import type { FontEntry } from './catalogue.js';
import { FontCache } from './font-cache.js';
import type { OutlineFont } from './outline-font.js';

/** Classes of faces that documents differ by. */
export type FaceClass = 'serif' | 'sans' | 'mono' | 'typewriter' | 'display' | 'handwriting' | 'pixel';

/** Whether text in such faces is typeset, with curly quotes and dashes. */
export function isTypeset(face: FaceClass): boolean {
  return face === 'serif' || face === 'sans' || face === 'mono';
}

const SLOTS: Readonly<Record<FaceClass, number>> = {
  serif: 28,
  sans: 28,
  mono: 10,
  typewriter: 6,
  display: 16,
  handwriting: 6,
  pixel: 4,
};
const PERIOD = 1024;
/** A face that people cannot read teaches nothing: below this share of legible glyphs a font is left out. */
const LEAST_LEGIBILITY = 0.35;

export class FontPool {
  readonly #classes: Readonly<Record<FaceClass, readonly FontEntry[]>>;
  readonly #seed: number;
  readonly #cache: FontCache;

  constructor(catalogue: readonly FontEntry[], seed: number, cache = new FontCache()) {
    const classes: Record<FaceClass, FontEntry[]> = {
      serif: [],
      sans: [],
      mono: [],
      typewriter: [],
      display: [],
      handwriting: [],
      pixel: [],
    };
    for (const entry of catalogue) {
      if (entry.legibility < LEAST_LEGIBILITY) continue;
      for (const face of classesOf(entry)) classes[face].push(entry);
    }
    this.#classes = classes;
    this.#seed = seed;
    this.#cache = cache;
  }

  /**
   * The font of line `index`, its class drawn by `weights` among the classes that have fonts.
   * @throws invalid_font where 100 draws in a row gave a broken font
   */
  pick(
    index: number,
    random: Random,
    weights: Readonly<Partial<Record<FaceClass, number>>>,
  ): { font: OutlineFont; face: FaceClass; entry: FontEntry } {
    const present = Object.fromEntries(
      Object.entries(weights).filter(
        ([face, weight]) => weight > 0 && this.#classes[face as FaceClass].length > 0,
      ),
    ) as Record<FaceClass, number>;
    const usable: Record<string, number> = Object.keys(present).length > 0 ? present : this.#anyClass();
    for (let attempt = 0; attempt < 100; attempt++) {
      const face = random.weighted(usable) as FaceClass;
      const slots = SLOTS[face];
      const slot = random.int(0, slots - 1);
      const turn = Math.floor((index + (slot * PERIOD) / slots) / PERIOD);
      const entry = new Random(this.#seed, 'font', face, slot, turn, attempt).pick(this.#classes[face]);
      const font = this.#cache.get(entry);
      if (font) return { font, face, entry };
    }
    throw expected('invalid_font', 'a font that can be parsed', 'the font folder', 'only broken ones');
  }

  #anyClass(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#classes)
        .filter(([, entries]) => entries.length > 0)
        .map(([face, entries]) => [face, entries.length]),
    );
  }
}

function classesOf({ category, tags, family, italic }: FontEntry): FaceClass[] {
  if (tags.includes('pixel_ocr')) return ['pixel'];
  if (tags.includes('blackletter')) return ['display'];
  // Typewriters have one upright face of one width.
  if (tags.includes('typewriter')) {
    return italic || /sans|variable|lekton|kite/i.test(family) ? ['mono'] : ['typewriter', 'mono'];
  }
  switch (category) {
    case 'SERIF':
      return ['serif'];
    case 'SANS_SERIF':
      return ['sans'];
    case 'MONOSPACE':
      return ['mono'];
    case 'DISPLAY':
      return ['display'];
    case 'HANDWRITING':
      return ['handwriting'];
    case 'UNKNOWN':
      return ['serif', 'sans'];
  }
}
