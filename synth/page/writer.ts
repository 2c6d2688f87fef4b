/** Words for a page: texts of the kinds that its parts need, in characters that their face can draw. */
import type { Random } from '../../models/base/random.js';
import { isTypeset } from '../fonts/font-pool.js';
import type { TextKind, TextSource } from '../text/text-source.js';
import type { Face } from './faces.js';

export class Writer {
  readonly #texts: TextSource;
  readonly #random: Random;

  constructor(texts: TextSource, random: Random) {
    this.#texts = texts;
    this.#random = random;
  }

  /** One line of the kind, at most `length` characters, cut between words. */
  line(face: Face, kind: TextKind, length = 100): string {
    const { font } = face;
    // A face without small letters sets capitals: the label must say so.
    const upper = (text: string) => (font.caseless ? text.toUpperCase() : text);
    const supports = (character: string) => [...upper(character)].every((c) => font.supports(c));
    for (let attempt = 0; attempt < 3; attempt++) {
      const text = upper(this.#texts.next(this.#random, kind, supports, isTypeset(face.kind)));
      if (font.caseless && !font.supportsAll(text.replaceAll(' ', ''))) continue;
      if (text.length <= length) return text;
      const cut = text.lastIndexOf(' ', length);
      if (cut > 0) return text.slice(0, cut);
      return text.slice(0, length).trim();
    }
    return font.supports('0') ? '0' : 'A';
  }

  /** Running text of about `length` characters. */
  prose(face: Face, length: number): string {
    let text = '';
    for (let i = 0; text.length < length && i < 200; i++)
      text += `${text && ' '}${this.line(face, 'sentence')}`;
    return text;
  }

  /** A few words, e.g. for a heading or a cell. */
  phrase(face: Face, length: number): string {
    return this.line(face, this.#random.chance(0.25) ? 'caps' : 'sentence', Math.max(3, length));
  }
}
