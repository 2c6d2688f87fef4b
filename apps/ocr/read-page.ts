/**
 * Reads one page: detect lines → find the page's upright direction → rectify each line → recognise → words, reading
 * order, paragraphs. Models come in from outside (`createPageReader`) or are opened when first needed (`openPageReader`).
 */
import { join } from 'node:path';
import type { Box, GrayImage, Quad } from '../../models/base/image.js';
import { packageRoot } from '../../models/base/paths.js';
import type { DetectedLine, Detector } from '../../models/detector/detection.js';
import type { WordRecognizer } from '../../models/recognizer/reading.js';
import { rotate90 } from '../../models/runtime/resample.js';
import type { SpellingModel } from '../../models/spelling/spelling-model.js';
import { average, GAIN, type Reading, sample } from './candidates.js';
import type { ReadPage } from './document.js';
import {
  areLetters,
  areLinesOf,
  liesOnItsSide,
  measureSkew,
  type Turns,
  unturn,
} from './layout/direction.js';
import { mapQuad, quadHeight, quadWidth } from './layout/geometry.js';
import { layOut } from './layout/lay-out.js';
import { mergeLines } from './layout/merge-lines.js';
import { outlineQuads } from './layout/outline.js';
import { Lazy } from './lazy.js';
import { checkAborted, LineReader } from './line-reader.js';
import { mapBlocks } from './map-blocks.js';
import { clipRegion, cropBox } from './region.js';
import { toLine } from './to-line.js';

export type PageMode = 'page' | 'block' | 'line' | 'word' | 'detect';

export interface ReadPageOptions {
  /**
   * `page`: any page, any way up. `block`: one upright column. `line`, `word`: the image is one crop. `detect`: where the
   * lines are, without reading them; their text is empty and no recognizer is opened.
   */
  readonly mode: PageMode;
  /** Only these characters may be read. */
  readonly allowlist?: string;
  /** Words (in mode `detect` lines) that are less sure are dropped; in [0, 1]. */
  readonly minConfidence?: number;
  /** Give each character's place and confidence. */
  readonly characters?: boolean;
  /** Read only this part, in pixels of the image. */
  readonly region?: Box;
  readonly decoder?: 'greedy' | 'beam';
  /** Unsure words are read as words are likely to be spelled; false for codes. Default true; never with the greedy decoder. */
  readonly spelling?: boolean;
  readonly signal?: AbortSignal;
  /** Receives the picture of each stage. */
  readonly onStage?: (name: string, image: GrayImage) => void;
}

/** A page without its number among others. */
export type ReadPageResult = Omit<ReadPage, 'number'>;

export interface PageReader {
  /**
   * @throws invalid_argument for a region outside the image, interrupted when the signal aborts, and what opening or
   * running the models throws. An image without text gives no blocks.
   */
  readPage(image: GrayImage, options: ReadPageOptions): Promise<ReadPageResult>;
  /** Frees the models that were opened. */
  dispose(): Promise<void>;
}

export interface OpenPageReaderOptions {
  /** Folder of model folders, `detector` and `recognizer`, with `spelling.safetensors` or not; the shipped ones when not given. */
  readonly models?: string;
  /** Threads a model runs on. */
  readonly threads?: number;
}

/** Models are opened when first needed: reading a single line never loads the detector. */
export async function openPageReader(options: OpenPageReaderOptions = {}): Promise<PageReader> {
  const folder = options.models ?? join(packageRoot(), 'models', 'weights');
  const engine = options.threads === undefined ? {} : { threads: options.threads };
  return new ModelPageReader(
    async () => {
      const { openDetector } = await import('../../models/detector/open-detector.js');
      return openDetector(join(folder, 'detector'), engine);
    },
    async () => {
      const { openRecognizer } = await import('../../models/recognizer/open-recognizer.js');
      return openRecognizer(join(folder, 'recognizer'), engine);
    },
    () => openSpelling(folder),
  );
}

/** @param spelling for words that are not read with certainty; the shipped one when not given */
export function createPageReader(
  detector: Detector,
  recognizer: WordRecognizer,
  spelling?: SpellingModel,
): PageReader {
  return new ModelPageReader(
    async () => detector,
    async () => recognizer,
    async () => spelling ?? openSpelling(),
  );
}

async function openSpelling(folder?: string): Promise<SpellingModel> {
  return (await import('../../models/spelling/open-spelling.js')).openSpelling(folder);
}

/** Below this mean confidence the page may stand on its head. */
export const SURE = 0.8;
/** Least mean confidence at which a page is believed to stand on its head. */
export const PLAUSIBLE = 0.5;
class ModelPageReader implements PageReader {
  readonly #detector: Lazy<Detector>;
  readonly #lines: LineReader;

  constructor(
    detector: () => Promise<Detector>,
    recognizer: () => Promise<WordRecognizer>,
    spelling: () => Promise<SpellingModel>,
  ) {
    this.#detector = new Lazy(detector, (opened) => opened.dispose());
    this.#lines = new LineReader(recognizer, spelling);
  }

  async readPage(image: GrayImage, options: ReadPageOptions): Promise<ReadPageResult> {
    checkAborted(options.signal);
    const box = clipRegion(image, options.region);
    const input = cropBox(image, box);
    options.onStage?.('input', input);
    const page = await this.#readAs(options.mode, input, options);
    const back = unturn((page.rotation / 90) as Turns, input.width, input.height);
    const blocks = mapBlocks(page.blocks, (quad) =>
      mapQuad(quad, (point) => {
        const [x, y] = back(point);
        return [x + box.x, y + box.y];
      }),
    );
    return { ...page, width: image.width, height: image.height, blocks };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#detector.dispose(), this.#lines.dispose()]);
  }

  #readAs(mode: PageMode, input: GrayImage, options: ReadPageOptions): Promise<PageParts> {
    if (mode === 'line' || mode === 'word') return this.#readCrop(input, options);
    return mode === 'detect' ? this.#findLines(input, options) : this.#readLines(input, options);
  }

  async #findLines(image: GrayImage, options: ReadPageOptions): Promise<PageParts> {
    const upright = await this.#detect(image, options);
    // Which of two ways a page on its side is turned only reading tells.
    const turned = await this.#linesOfLetters(image, upright, options);
    const found = turned?.lines ?? upright;
    const quads = quadsOf(found);
    options.onStage?.('lines', outlineQuads(turned?.image ?? image, quads));
    const slope = measureSkew(quads);
    const lines = found
      .filter(({ confidence }) => confidence >= (options.minConfidence ?? 0))
      .map(({ quad, confidence }) => ({ text: '', quad, confidence, words: [] }));
    const rotation = turned ? 90 : 0;
    return { rotation, skew: degrees(slope), blocks: layOut(lines, { slope, join: false }) };
  }

  /** The whole image is one line or word. */
  async #readCrop(image: GrayImage, options: ReadPageOptions): Promise<PageParts> {
    const reading = await this.#lines.readCrop(image, options);
    options.onStage?.('crop-0001', reading.crop);
    const line = toLine(reading, options);
    const blocks = line ? [{ quad: line.quad, paragraphs: [{ lines: [line] }] }] : [];
    return { rotation: 0, skew: 0, blocks };
  }

  async #readLines(input: GrayImage, options: ReadPageOptions): Promise<PageParts> {
    // Both models load side by side; a failure shows where the recognizer is used.
    this.#lines.load();
    let { turns, image, lines } = await this.#findUpright(input, options);
    let readings: readonly Reading[] = await this.#lines.readAll(image, lines, options);
    if (options.mode === 'page' && turns === 0 && readings.length > 0 && average(readings) < SURE) {
      const chosen = sample(lines);
      const upright = average(chosen.map((line) => readings[lines.indexOf(line)] as Reading));
      const [turned] = await this.#lines.confidences(image, chosen, [2], options);
      if ((turned as number) > Math.max(PLAUSIBLE, upright + GAIN)) {
        ({ turns, image, lines } = await this.#turned(input, 2, options));
        readings = await this.#lines.readAll(image, lines, options);
      }
    }
    // Only now: it would make an upside-down page surer than it is.
    readings = await this.#lines.improve(image, readings, options);
    if (options.onStage) {
      options.onStage(
        'lines',
        outlineQuads(
          image,
          lines.map((line) => line.quad),
        ),
      );
      for (const [i, { crop }] of readings.entries()) {
        options.onStage(`crop-${String(i + 1).padStart(4, '0')}`, crop);
      }
    }
    const slope = measureSkew(readings.map((reading) => reading.quad));
    const read = readings.flatMap((reading) => toLine(reading, options) ?? []);
    const blocks = layOut(read, { slope, columns: options.mode === 'page' });
    return { rotation: (turns * 90) as 0 | 90 | 180 | 270, skew: degrees(slope), blocks };
  }

  /** The lines of the page, turned by quarters where it lies on its side. */
  async #findUpright(input: GrayImage, options: ReadPageOptions): Promise<View> {
    const lines = await this.#detect(input, options);
    const still: View = { turns: 0, image: input, lines };
    if (options.mode !== 'page') return still;
    if (liesOnItsSide(quadsOf(lines))) {
      const [one, three] = await this.#lines.confidences(input, sample(lines), [1, 3], options);
      return this.#turned(input, (three as number) > (one as number) ? 3 : 1, options);
    }
    const turned = await this.#linesOfLetters(input, lines, options);
    if (!turned) return still;
    const [one, three] = await this.#lines.confidences(turned.image, sample(turned.lines), [0, 2], options);
    if ((three as number) > (one as number)) return this.#turned(input, 3, options);
    options.onStage?.('turned', turned.image);
    return turned;
  }

  async #turned(input: GrayImage, turns: Turns, options: ReadPageOptions): Promise<View> {
    const image = rotate90(input, turns);
    options.onStage?.('turned', image);
    return { turns, image, lines: await this.#detect(image, options) };
  }

  /** What is found on the page turned by a quarter where only letters were found on it as it is; they must make lines. */
  async #linesOfLetters(
    input: GrayImage,
    letters: readonly DetectedLine[],
    options: ReadPageOptions,
  ): Promise<View | undefined> {
    if (!areLetters(quadsOf(letters))) return undefined;
    const image = rotate90(input, 1);
    const lines = await this.#detect(image, options);
    return areLinesOf(quadsOf(lines), quadsOf(letters)) ? { turns: 1, image, lines } : undefined;
  }

  async #detect(image: GrayImage, options: ReadPageOptions): Promise<DetectedLine[]> {
    const detector = await this.#detector.get();
    checkAborted(options.signal);
    const found = await detector.detect(image, {
      ...(options.signal && { signal: options.signal }),
      ...(options.onStage && { onStage: options.onStage }),
    });
    checkAborted(options.signal);
    const lines = found.filter(({ quad }) => quadWidth(quad) >= 1 && quadHeight(quad) >= 1);
    return mergeLines(lines, measureSkew(lines.map((line) => line.quad)));
  }
}

/** The page as it is looked at, and the lines on it. */
interface View {
  readonly turns: Turns;
  readonly image: GrayImage;
  readonly lines: readonly DetectedLine[];
}

const quadsOf = (lines: readonly DetectedLine[]): Quad[] => lines.map(({ quad }) => quad);

const degrees = (radians: number) => (radians * 180) / Math.PI;

type PageParts = Pick<ReadPage, 'rotation' | 'skew' | 'blocks'>;
