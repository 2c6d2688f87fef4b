/** Reads the lines of an image: each in the ways in which it may run, and unsure words from other sides. */
import { expected, PocketlensError } from '../../models/base/errors.js';
import type { GrayImage, Quad } from '../../models/base/image.js';
import type { DetectedLine } from '../../models/detector/detection.js';
import type { LineReading, ReadOptions, WordRecognizer } from '../../models/recognizer/reading.js';
import type { SpellingModel } from '../../models/spelling/spelling-model.js';
import { average, type Candidate, isBetter, padded, type Reading, wholeCandidate } from './candidates.js';
import { orient, readingDirections, type Turns } from './layout/direction.js';
import { median, quadHeight, quadWidth, turnQuad } from './layout/geometry.js';
import { Lazy } from './lazy.js';
import type { ReadPageOptions } from './read-page.js';
import { cutWord, isScene, otherViews, replaceWord, tiltedViews, unsureWords } from './second-look.js';

export class LineReader {
  readonly #recognizer: Lazy<WordRecognizer>;
  readonly #spelling: Lazy<SpellingModel>;

  constructor(recognizer: () => Promise<WordRecognizer>, spelling: () => Promise<SpellingModel>) {
    this.#recognizer = new Lazy(recognizer, (opened) => opened.dispose());
    this.#spelling = new Lazy(spelling);
  }

  /** Begins to open the recognizer; a failure shows where it is used. */
  load(): void {
    this.#recognizer.get().catch(() => {});
    this.#spelling.get().catch(() => {});
  }

  dispose(): Promise<void> {
    return this.#recognizer.dispose();
  }

  /** The whole image is one line or word; where it stands upright it may run up or down, and a word may run askew. */
  async readCrop(image: GrayImage, options: ReadPageOptions): Promise<Reading> {
    const { width, height } = image;
    const whole: Quad = [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ];
    const candidates = readingDirections(whole, 0).map((quad) => wholeCandidate(image, quad));
    const [best] = await this.#readBest([candidates], options);
    return this.#lookAgain(image, best!, options);
  }

  /** Lines that were found on an image. */
  async readAll(
    image: GrayImage,
    lines: readonly DetectedLine[],
    options: ReadPageOptions,
  ): Promise<Reading[]> {
    const typical = median(lines.map(({ quad }) => Math.min(quadHeight(quad), quadWidth(quad))));
    const candidates = lines.map(({ quad, confidence }) =>
      readingDirections(quad, typical).map((way) => padded(image, way, confidence)),
    );
    return this.#readBest(candidates, options);
  }

  /** The lines of an image, unsure words looked at again where it shows a scene. */
  async improve(
    image: GrayImage,
    readings: readonly Reading[],
    options: ReadPageOptions,
  ): Promise<readonly Reading[]> {
    if (!isScene(readings)) return readings;
    const again: Reading[] = [];
    for (const reading of readings) {
      // Where nothing was read there is likely to be no text.
      again.push(reading.reading.text === '' ? reading : await this.#lookAgain(image, reading, options));
    }
    return again;
  }

  /** Mean confidence of lines when the page is turned by each of `turns`. */
  async confidences(
    image: GrayImage,
    lines: readonly DetectedLine[],
    turns: readonly Turns[],
    options: ReadPageOptions,
  ): Promise<number[]> {
    const candidates = turns.flatMap((turn) =>
      lines.map(({ quad, confidence }) => {
        const [likely] = turn % 2 === 0 ? readingDirections(quad, 0) : [orient(quad, (-turn * Math.PI) / 2)];
        return [padded(image, turn === 2 ? turnQuad(likely, 2) : likely, confidence)];
      }),
    );
    const readings = await this.#readBest(candidates, options);
    return turns.map((_, i) => average(readings.slice(i * lines.length, (i + 1) * lines.length)));
  }

  /** Reads all candidates in one go and keeps the best of each line. */
  async #readBest(
    candidates: readonly (readonly Candidate[])[],
    options: ReadPageOptions,
  ): Promise<Reading[]> {
    if (candidates.length === 0) return [];
    const [recognizer, readOptions] = await this.#open(options);
    const flat = candidates.flat();
    const read = await recognizer.read(
      flat.map(({ crop }) => crop),
      readOptions,
    );
    checkAborted(options.signal);
    if (read.length !== flat.length) {
      throw expected('inference_failed', `${flat.length} readings`, 'as many crops', read.length);
    }
    let next = 0;
    return candidates.map((ways) => {
      const readings = ways.map((way): Reading => ({ ...way, reading: read[next++] as LineReading }));
      return readings.reduce((best, other) => (isBetter(other.reading, best.reading) ? other : best));
    });
  }

  /** The line, unsure words read anew from several views together. */
  async #lookAgain(image: GrayImage, line: Reading, options: ReadPageOptions): Promise<Reading> {
    const parts = unsureWords(line);
    if (parts.length === 0) return line;
    const [recognizer, readOptions] = await this.#open(options);
    const isCrop = options.mode === 'line' || options.mode === 'word';
    let best = line;
    // From the last to the first: the places of those before stay as they are.
    for (const part of parts.reverse()) {
      const seen = cutWord(image, line, part);
      const askew = isCrop && part.alone ? tiltedViews(image) : [];
      const views = [seen, ...otherViews(image, seen), ...askew];
      checkAborted(options.signal);
      const together = await recognizer.readTogether(
        views.map((view) => view.crop),
        part.alone ? readOptions : { ...readOptions, line: line.crop },
      );
      if (!together) continue;
      const view = views[together.crop]!;
      best = part.alone
        ? { ...view, reading: together.reading }
        : replaceWord(best, part, together.reading, view.crop.width);
    }
    return best;
  }

  async #open({ allowlist, decoder, spelling: spells = true, signal }: ReadPageOptions) {
    const [recognizer, spelling] = await Promise.all([
      this.#recognizer.get(),
      spells ? this.#spelling.get() : undefined,
    ]);
    checkAborted(signal);
    const options: ReadOptions = {
      ...(spelling && { spelling }),
      ...(allowlist !== undefined && { allowlist }),
      ...(decoder && { decoder }),
      ...(signal && { signal }),
    };
    return [recognizer, options] as const;
  }
}

export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new PocketlensError('interrupted', 'Reading was interrupted.', { cause: signal.reason });
}
