/** What the recognizer gives for one line crop. */
import type { GrayImage } from '../base/image.js';
import type { SpellingModel } from '../spelling/spelling-model.js';

export interface ReadCharacter {
  /** One Unicode character (code point). */
  readonly text: string;
  /** Horizontal extent in pixels of the crop that was given. */
  readonly start: number;
  readonly end: number;
  /** Probability in [0, 1] of the best frame of the character's run, among all characters, allowed or not. */
  readonly confidence: number;
}

export interface LineReading {
  readonly text: string;
  /** The least confidence among the characters (1 for an empty text read with certainty). */
  readonly confidence: number;
  readonly characters: readonly ReadCharacter[];
  /** Where an allowlist was given: what is read without it, which tells whether this is text at all. */
  readonly free?: LineReading;
}

export interface ReadOptions {
  /** Only these characters may be read (and blanks): the likeliest text of them alone. Confidences do not rise by it. */
  readonly allowlist?: string;
  /** Default beam: it costs time only on lines that are unsure. */
  readonly decoder?: 'greedy' | 'beam';
  /** Chooses among the likely texts of unsure words; `read` heeds it with the beam decoder only. */
  readonly spelling?: SpellingModel;
  /** The line that the crops are words of, as high as they are: their letters then keep the size that they have in it. */
  readonly line?: GrayImage;
  readonly signal?: AbortSignal;
}

/** Reads line crops. Crops are grey, dark on light or light on dark, of any size; the result keeps their order. */
export interface Recognizer {
  read(crops: readonly GrayImage[], options?: ReadOptions): Promise<LineReading[]>;
  dispose(): Promise<void>;
}

/** Also reads words that are seen more than once. */
export interface WordRecognizer extends Recognizer {
  /**
   * Crops of the same word, seen differently: the text that they make likeliest together, spelling considered, placed on the
   * crop (an index) that shows it best. Undefined where none shows any text. It always searches: `decoder` has no say.
   */
  readTogether(
    crops: readonly GrayImage[],
    options?: ReadOptions,
  ): Promise<{ readonly reading: LineReading; readonly crop: number } | undefined>;
}
