/** A shipped recognizer as a `Recognizer`: its model folder, run by ONNX Runtime on batches of lines of similar width. */
import { PocketlensError } from '../base/errors.js';
import type { GrayImage } from '../base/image.js';
import { openModelFolder } from '../runtime/model-folder.js';
import type { Session } from '../runtime/session.js';
import { decodeBeam } from './beam.js';
import { Charset } from './charset.js';
import { type RecognizerConfig, recognizerConfigSchema } from './config.js';
import { type DecodedCharacter, decodeGreedy, softmaxFrames } from './decode.js';
import { frameCount, type PreparedLine, prepareLine } from './preprocess.js';
import type { LineReading, ReadOptions, Recognizer } from './reading.js';
import { LEAST_ADVANCE, mergeSplitSpikes } from './split-spikes.js';

export interface OpenRecognizerOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** @throws model_not_found, model_corrupt, engine_missing, interrupted */
export async function openRecognizer(
  folder: string,
  options: OpenRecognizerOptions = {},
): Promise<Recognizer> {
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

/** Lines of one run of the network; more wins nothing and costs memory. */
const MAX_BATCH = 8;
/** Widths are padded to a multiple of this: few shapes, and room for the last letter. */
const WIDTH_STEP = 32;
/** A batch's widest line is at most this much wider than its narrowest. */
const MAX_WIDTH_RATIO = 1.3;

/** A recognizer over an open session, e.g. of a model that is not shipped. */
export function recognizerOf(session: Session, config: RecognizerConfig): Recognizer {
  const charset = new Charset(config.charset);
  return {
    async read(crops: readonly GrayImage[], options: ReadOptions = {}) {
      const allowed =
        options.allowlist === undefined ? undefined : allowedClasses(charset, options.allowlist);
      const readings: LineReading[] = new Array(crops.length);
      for (const batch of batches(crops, config)) {
        const scores = await runBatch(session, config, batch, options.signal);
        batch.forEach(({ index, line }, i) => {
          const all = frameCount(scores.width, config.preprocessing.frameStep, config.subframes);
          const frames = Math.min(
            all,
            frameCount(line.width, config.preprocessing.frameStep, config.subframes) + config.subframes,
          );
          const data = scores.data.subarray(i * all * charset.classes, (i * all + frames) * charset.classes);
          const probabilities = softmaxFrames({ data, frames, classes: charset.classes }, allowed);
          const decoded =
            options.decoder === 'greedy' ? decodeGreedy(probabilities) : decodeBeam(probabilities);
          const whole = mergeSplitSpikes(
            decoded,
            (index) => charset.characters[index]!,
            leastAdvance(config),
          );
          readings[index] = toReading(
            whole,
            charset,
            line.scale * (config.preprocessing.frameStep / config.subframes),
            crops[index]!.width,
          );
        });
      }
      return readings;
    },
    dispose: () => session.dispose(),
  };
}

/** In output frames. */
function leastAdvance({ preprocessing, subframes }: RecognizerConfig): number {
  const { height, stretch, frameStep } = preprocessing;
  return (LEAST_ADVANCE * height * stretch * subframes) / frameStep;
}

interface IndexedLine {
  readonly index: number;
  readonly line: PreparedLine;
}

/** Lines in batches of similar width, narrowest first. Prepared batch by batch, so that few inputs are held at a time. */
function* batches(crops: readonly GrayImage[], config: RecognizerConfig): Generator<IndexedLine[]> {
  const ratio = ({ width, height }: GrayImage) => width / Math.max(1, height);
  const order = crops.map((_, index) => index).sort((a, b) => ratio(crops[a]!) - ratio(crops[b]!));
  let batch: IndexedLine[] = [];
  for (const index of order) {
    const line = prepareLine(crops[index]!, config.preprocessing);
    const widths = [...batch.map((entry) => entry.line.width), line.width];
    const tooWide = Math.max(...widths) > MAX_WIDTH_RATIO * Math.min(...widths) + WIDTH_STEP;
    if (batch.length === MAX_BATCH || tooWide) {
      if (batch.length) yield batch;
      batch = [];
    }
    batch.push({ index, line });
  }
  if (batch.length) yield batch;
}

async function runBatch(
  session: Session,
  config: RecognizerConfig,
  batch: readonly IndexedLine[],
  signal: AbortSignal | undefined,
): Promise<{ data: Float32Array; width: number }> {
  const { data, width } = stackLines(
    batch.map(({ line }) => line),
    config.preprocessing.height,
    WIDTH_STEP,
  );
  const dims = [batch.length, 1, config.preprocessing.height, width];
  const results = await session.run({ [session.inputs[0]!.name]: { data, dims } }, signal ? { signal } : {});
  return { data: results[session.outputs[0]!.name]!.data as Float32Array, width };
}

/** Lines side by side in one tensor [lines, height, width, 1], padded on the right with each line's own paper. */
export function stackLines(
  lines: readonly PreparedLine[],
  height: number,
  widthStep: number,
): { data: Float32Array; width: number } {
  const widest = Math.max(...lines.map((line) => line.width));
  const width = Math.ceil((widest + 1) / widthStep) * widthStep;
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

/** Blank character and CTC blank are always allowed. */
function allowedClasses(charset: Charset, allowlist: string): Uint8Array {
  const wanted = new Set([...allowlist.normalize('NFC'), ' ']);
  const allowed = Uint8Array.from(charset.characters, (character) => (wanted.has(character) ? 1 : 0));
  return Uint8Array.from([...allowed, 1]);
}
