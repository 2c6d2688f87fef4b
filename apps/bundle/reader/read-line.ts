/** One grey line crop → the recognizer's input → text. */
import type { RecognizerModel } from '../manifest/models.js';
import { type Decoded, decode, type Scores } from './ctc.js';
import { resize } from './image.js';
import { respell } from './respell.js';
import type { Spelling } from './spelling.js';
import type { Character, LineReading, Plane, Tensor } from './types.js';

type Rules = Pick<RecognizerModel, 'preprocessing' | 'postprocessing'>;

export interface LineInput {
  /** [height, width] row by row. */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The part that is crop, from the left. */
  readonly contentWidth: number;
  /** Pixels of the crop per pixel of the input. */
  readonly scale: number;
}

/**
 * @param mostWidth of the padded input, for variants of a fixed width, which it then has
 * @param line that the crop is a word of, as high as it is: its print decides which rows are trimmed
 */
export function lineInput(crop: Plane, { preprocessing }: Rules, mostWidth?: number, line = crop): LineInput {
  const { resize: size, normalise, pad } = preprocessing;
  const [top, bottom] = printRows(line.height === crop.height ? line : crop, preprocessing.trim);
  const print = {
    width: crop.width,
    height: bottom - top,
    data: crop.data.subarray(top * crop.width, bottom * crop.width),
  };
  const { height } = size;
  const most = mostWidth === undefined ? size.mostWidth : Math.min(size.mostWidth, mostWidth - pad.least);
  const natural = print.width * (height / print.height) * size.stretch;
  const { below, power } = size.widen ?? { below: 0, power: 1 };
  const wide = Math.round(natural < below ? below * (natural / below) ** power : natural);
  const contentWidth = Math.min(most, Math.max(size.leastWidth, wide));
  const scaled = resize(print, contentWidth, height).data;
  const [low, high, paper] = percentiles(scaled, [normalise.low, normalise.high, normalise.paper]);
  const gain = 2 / Math.max(normalise.leastRange, high! - low!);
  const centre = (low! + high!) / 2;
  const width = mostWidth ?? Math.ceil((contentWidth + pad.least) / pad.multipleOf) * pad.multipleOf;
  const data = new Float32Array(height * width).fill((paper! - centre) * gain);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < contentWidth; x++)
      data[y * width + x] = (scaled[y * contentWidth + x]! - centre) * gain;
  return { data, width, height, contentWidth, scale: print.width / contentWidth };
}

/** @param logits [1, frames, classes] */
export function lineScores(logits: Tensor, input: LineInput, rules: Rules): Scores {
  const { frameStep, subframes } = rules.postprocessing;
  const [frames, classes] = logits.dims.slice(-2) as [number, number];
  const useful = Math.min(frames, (Math.ceil(input.contentWidth / frameStep) + 1) * subframes);
  return { data: logits.data, frames: useful, classes };
}

export function lineText(
  logits: Tensor,
  input: LineInput,
  cropWidth: number,
  rules: Rules,
  spelling?: Spelling,
): LineReading {
  const letters = [...rules.postprocessing.charset];
  const scores = lineScores(logits, input, rules);
  const decoded = decode(scores, rules, letters);
  const spelled = spelling ? respell(decoded, scores, rules, letters, spelling) : decoded;
  return toReading(spelled, input, cropWidth, rules);
}

export function toReading(
  decoded: readonly Decoded[],
  input: LineInput,
  cropWidth: number,
  { postprocessing }: Rules,
): LineReading {
  const letters = [...postprocessing.charset];
  const perFrame = (postprocessing.frameStep / postprocessing.subframes) * input.scale;
  const place = (frame: number) => Math.min(cropWidth, frame * perFrame);
  const characters: Character[] = decoded.map(({ classIndex, first, end, confidence }) => ({
    text: letters[classIndex]!,
    start: place(first),
    end: place(end),
    confidence,
  }));
  while (characters[0]?.text === ' ') characters.shift();
  while (characters.at(-1)?.text === ' ') characters.pop();
  return {
    text: characters.map((character) => character.text).join(''),
    confidence: Math.min(1, ...characters.map((character) => character.confidence)),
    characters,
  };
}

/** The first row that is kept, and one past the last. */
function printRows(
  { width, height, data }: Plane,
  rule: RecognizerModel['preprocessing']['trim'],
): [top: number, bottom: number] {
  if (!rule || height < rule.leastHeight || width < rule.leastWidth) return [0, height];
  const contrast = Float32Array.from({ length: height }, (_, y) => {
    let sum = 0;
    for (let i = y * width + 1; i < (y + 1) * width; i++) sum += Math.abs(data[i]! - data[i - 1]!);
    return sum;
  });
  const floor = contrast.reduce((most, value) => Math.max(most, value), 0) * rule.rowShare;
  const isPrint = (value: number) => value > floor;
  const [top, bottom] = [contrast.findIndex(isPrint), contrast.findLastIndex(isPrint)];
  if (top < 0) return [0, height];
  const margin = Math.max(1, Math.round((bottom - top + 1) * rule.margin));
  const [from, to] = [Math.max(0, top - margin), Math.min(height, bottom + 1 + margin)];
  return to - from < rule.leastKept ? [0, height] : [from, to];
}

function percentiles(data: Uint8Array, shares: readonly number[]): number[] {
  const sorted = data.slice().sort();
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
}
