/** Parsed fonts, the most recently used kept. A font that cannot be parsed is reported once and then stays undefined. */
import type { PocketlensError } from '../../models/base/errors.js';
import type { FontEntry } from './catalogue.js';
import { loadFont, type OutlineFont } from './outline-font.js';

export class FontCache {
  readonly #fonts = new Map<string, OutlineFont | undefined>();
  readonly #capacity: number;
  readonly #onBroken: (error: PocketlensError) => void;

  /**
   * @param capacity fonts kept; a parsed font takes about 0.5 MB
   * @param onBroken told of each broken font file, once
   */
  constructor(capacity = 180, onBroken: (error: PocketlensError) => void = () => {}) {
    this.#capacity = capacity;
    this.#onBroken = onBroken;
  }

  /** The parsed font, or undefined where its file is broken. */
  get(entry: FontEntry): OutlineFont | undefined {
    const { path } = entry;
    if (this.#fonts.has(path)) {
      const font = this.#fonts.get(path);
      this.#fonts.delete(path);
      this.#fonts.set(path, font);
      return font;
    }
    let font: OutlineFont | undefined;
    try {
      font = loadFont(entry);
    } catch (error) {
      if ((error as PocketlensError).code !== 'invalid_font') throw error;
      this.#onBroken(error as PocketlensError);
    }
    this.#fonts.set(path, font);
    if (this.#fonts.size > this.#capacity) this.#fonts.delete(this.#fonts.keys().next().value as string);
    return font;
  }
}
