/** A shipped recognizer as a `WordRecognizer`: its model folder, run by ONNX Runtime. */
import { PocketlensError } from '../base/errors.js';
import type { GrayImage } from '../base/image.js';
import { openModelFolder } from '../runtime/model-folder.js';
import type { Session } from '../runtime/session.js';
import { decodeBeam } from './beam.js';
import { Charset } from './charset.js';
import { type RecognizerConfig, recognizerConfigSchema } from './config.js';
import { type DecodedCharacter, decodeGreedy } from './decode.js';
import { FrameProbabilities, type FrameScores } from './frame-probabilities.js';
import { frameCount, type PreparedLine, prepareLine } from './preprocess.js';
import { readTogether } from './read-together.js';
import type { LineReading, ReadOptions, WordRecognizer } from './reading.js';
import { respell } from './respell.js';
import { LEAST_ADVANCE, mergeSplitSpikes } from './split-spikes.js';

export interface OpenRecognizerOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** @throws model_not_found, model_corrupt, engine_missing, interrupted */
export async function openRecognizer(
  folder: string,
  options: OpenRecognizerOptions = {},
): Promise<WordRecognizer> {
  const { card, session } = await openModelFolder(folder, options);
  const parsed = recognizerConfigSchema.safeParse(card.config);
  if (!parsed.success) {
    await session.dispose();
    throw new PocketlensError('model_corrupt', `Expected a recognizer's config in the card of ${folder}.`, {
      remedy: 'Name the folder of a recognizer, or install the package again.',
      cause: parsed.error,
    });
  }
  return recognizerOf(session, parsed.data);
}

/** Widths are padded to a multiple of this: few shapes. */
export const WIDTH_STEP = 16;
/** Least paper after the last letter, in pixels of the input. */
export const END_ROOM = 8;

/** A recognizer over an open session, e.g. of a model that is not shipped. */
export function recognizerOf(session: Session, config: RecognizerConfig): WordRecognizer {
  const charset = new Charset(config.charset);
  const tidy = (decoded: readonly DecodedCharacter[]) =>
    mergeSplitSpikes(decoded, (index) => charset.characters[index]!, leastAdvance(config));
  const textOf = (classes: readonly number[]) => classes.map((index) => charset.characters[index]!).join('');
  const rules = { tidy, textOf, space: charset.characters.indexOf(' ') };
  const look = async (crop: GrayImage, { allowlist, line: whole, signal }: ReadOptions): Promise<Look> => {
    const line = prepareLine(crop, config.preprocessing, whole);
    const scores = await scoreLine(session, config, line, charset.classes, signal);
    const allowed = allowlist === undefined ? undefined : allowedClasses(charset, allowlist);
    const pixelsPerFrame = line.scale * (config.preprocessing.frameStep / config.subframes);
    return {
      all: new FrameProbabilities(scores),
      ...(allowed && { some: new FrameProbabilities(scores, allowed) }),
      place: (decoded) => toReading(decoded, charset, pixelsPerFrame, crop.width),
    };
  };
  /** The reading of characters that were decoded from a look; where few are allowed, `free` is what is read without that. */
  const readingOf = (decoded: DecodedCharacter[], { all, some, place }: Look, decode: Decode): LineReading =>
    some ? { ...place(amongAll(decoded, all)), free: place(tidy(decode(all))) } : place(decoded);
  return {
    async read(crops: readonly GrayImage[], options: ReadOptions = {}) {
      const decode = options.decoder === 'greedy' ? decodeGreedy : decodeBeam;
      const readings: LineReading[] = new Array(crops.length);
      for (const index of widestFirst(crops)) {
        const seen = await look(crops[index]!, options);
        const frames = seen.some ?? seen.all;
        const decoded = tidy(decode(frames));
        const { spelling } = options;
        const spelled =
          spelling && decode === decodeBeam ? respell(decoded, frames, { ...rules, spelling }) : decoded;
        readings[index] = readingOf(spelled, seen, decode);
      }
      return readings;
    },
    async readTogether(crops: readonly GrayImage[], options: ReadOptions = {}) {
      const looks: Look[] = [];
      for (const crop of crops) looks.push(await look(crop, options));
      const found = readTogether(
        looks.map(({ all, some }) => some ?? all),
        { ...rules, spelling: options.spelling },
      );
      if (!found) return undefined;
      const { characters, view } = found;
      return { reading: readingOf(characters, looks[view]!, decodeBeam), crop: view };
    },
    dispose: () => session.dispose(),
  };
}

/** What the network makes of a crop: probabilities of all characters, and of the allowed ones where not all are. */
interface Look {
  readonly all: FrameProbabilities;
  readonly some?: FrameProbabilities;
  readonly place: (decoded: readonly DecodedCharacter[]) => LineReading;
}

type Decode = (probabilities: FrameProbabilities) => DecodedCharacter[];

/** In output frames. */
function leastAdvance({ preprocessing, subframes }: RecognizerConfig): number {
  const { height, stretch, frameStep } = preprocessing;
  return (LEAST_ADVANCE * height * stretch * subframes) / frameStep;
}

/** The runtime's memory grows once rather than line by line. */
function widestFirst(crops: readonly GrayImage[]): number[] {
  const ratio = ({ width, height }: GrayImage) => width / Math.max(1, height);
  return crops.map((_, index) => index).sort((a, b) => ratio(crops[b]!) - ratio(crops[a]!));
}

/**
 * One line is one run: on one thread eight lines side by side are no faster, and what they are padded with to the widest
 * one's width costs as much as print (measured: 8 % of the network's time).
 */
async function scoreLine(
  session: Session,
  config: RecognizerConfig,
  line: PreparedLine,
  classes: number,
  signal: AbortSignal | undefined,
): Promise<FrameScores> {
  const { height, frameStep } = config.preprocessing;
  const { data, width } = stackLines([line], height, WIDTH_STEP);
  const feeds = { [session.inputs[0]!.name]: { data, dims: [1, 1, height, width] } };
  const results = await session.run(feeds, signal ? { signal } : {});
  const scores = results[session.outputs[0]!.name]!.data as Float32Array;
  const frames = Math.min(
    frameCount(width, frameStep, config.subframes),
    frameCount(line.width, frameStep, config.subframes) + config.subframes,
  );
  return { data: scores.subarray(0, frames * classes), frames, classes };
}

/** Lines side by side in one tensor [lines, height, width, 1], padded on the right with each line's own paper. */
export function stackLines(
  lines: readonly PreparedLine[],
  height: number,
  widthStep: number,
): { data: Float32Array; width: number } {
  const widest = Math.max(...lines.map((line) => line.width));
  const width = Math.ceil((widest + END_ROOM) / widthStep) * widthStep;
  const data = new Float32Array(lines.length * height * width);
  lines.forEach((line, i) => {
    for (let y = 0; y < height; y++) {
      const offset = (i * height + y) * width;
      data.set(line.data.subarray(y * line.width, (y + 1) * line.width), offset);
      data.fill(line.background, offset + line.width, offset + width);
    }
  });
  return { data, width };
}

function toReading(
  decoded: readonly DecodedCharacter[],
  charset: Charset,
  pixelsPerFrame: number,
  cropWidth: number,
): LineReading {
  const characters = decoded.map(({ classIndex, firstFrame, endFrame, confidence }) => ({
    text: charset.characters[classIndex]!,
    start: Math.min(cropWidth, firstFrame * pixelsPerFrame),
    end: Math.min(cropWidth, endFrame * pixelsPerFrame),
    confidence,
  }));
  // Blanks at the ends are paper, not text.
  while (characters[0]?.text === ' ') characters.shift();
  while (characters.at(-1)?.text === ' ') characters.pop();
  return {
    text: characters.map(({ text }) => text).join(''),
    confidence: characters.reduce((least, { confidence }) => Math.min(least, confidence), 1),
    characters,
  };
}

/** Among few allowed characters one is always likely, also where something else stands: confidences are taken from all. */
function amongAll(decoded: readonly DecodedCharacter[], all: FrameProbabilities): DecodedCharacter[] {
  return decoded.map((character) => ({
    ...character,
    confidence: all.most(character.classIndex, character.firstFrame, character.endFrame),
  }));
}

/** Blank character and CTC blank are always allowed. */
function allowedClasses(charset: Charset, allowlist: string): Uint8Array {
  const wanted = new Set([...allowlist.normalize('NFC'), ' ']);
  const allowed = Uint8Array.from(charset.characters, (character) => (wanted.has(character) ? 1 : 0));
  return Uint8Array.from([...allowed, 1]);
}
