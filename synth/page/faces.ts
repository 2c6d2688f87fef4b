/** Fonts for pages: chosen by the font pool, drawn by the canvas, whose glyph cache makes whole pages cheap. */
import { GlobalFonts } from '@napi-rs/canvas';
import { PocketlensError } from '../../models/base/errors.js';
import type { Random } from '../../models/base/random.js';
import { openCatalogue } from '../fonts/catalogue.js';
import { type FaceClass, FontPool } from '../fonts/font-pool.js';
import type { OutlineFont } from '../fonts/outline-font.js';

export interface Face {
  readonly font: OutlineFont;
  /** The canvas's name of the font. */
  readonly family: string;
  readonly kind: FaceClass;
  readonly weight: number;
  readonly italic: boolean;
}

/** Names by font file; the canvas keeps registered fonts for the life of the process, whatever renderer asked first. */
const registered = new Map<string, string>();

/** The pool changes its fonts slowly, by line numbers: a page counts for as many lines. */
const LINES_A_PAGE = 24;

export class PageFaces {
  readonly #pool: FontPool;

  /** @throws data_missing, invalid_data; see `openCatalogue` */
  constructor(fontFolder: string, seed: number) {
    this.#pool = new FontPool(openCatalogue(fontFolder), seed);
  }

  /** A face for page `index`. */
  pick(index: number, random: Random, weights: Readonly<Partial<Record<FaceClass, number>>>): Face {
    for (let attempt = 0; attempt < 50; attempt++) {
      const { font, face, entry } = this.#pool.pick(index * LINES_A_PAGE, random, weights);
      const family = register(entry.path);
      if (family) return { font, family, kind: face, weight: entry.weight, italic: entry.italic };
    }
    throw new PocketlensError('invalid_font', 'Expected fonts that the canvas can draw but found none.', {
      remedy: 'Name a folder with intact TTF, OTF or WOFF files.',
    });
  }
}

function register(path: string): string | undefined {
  let family = registered.get(path);
  if (family === undefined) {
    family = `pocketlens-${registered.size}`;
    if (!GlobalFonts.registerFromPath(path, family)) family = '';
    registered.set(path, family);
  }
  return family || undefined;
}
