/**
 * A page that fakes can read: each line is a bar whose upper quarter is black and whose rest has a grey that tells which
 * text it stands for. Detector and recognizer see only pixels, so turned, cropped and padded images are read as such.
 */
import { expect } from 'vitest';
import type { ReadLine } from '../../../apps/ocr/document.js';
import { createPageReader, type ReadPageOptions, type ReadPageResult } from '../../../apps/ocr/read-page.js';
import type { GrayImage, Quad } from '../../../models/base/image.js';
import type { DetectedLine, Detector } from '../../../models/detector/detection.js';
import type { LineReading, ReadOptions, WordRecognizer } from '../../../models/recognizer/reading.js';

export interface Bar {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Of each character; default 0.95. */
  readonly confidence?: (character: string) => number;
}

const PAPER = 255;
const FIRST = 60;
const STEP = 8;

export function drawBars(width: number, height: number, bars: readonly Bar[]): GrayImage {
  const data = new Uint8Array(width * height).fill(PAPER);
  for (const [i, bar] of bars.entries()) {
    for (let y = bar.top; y < bar.top + bar.height; y++) {
      const grey = y < bar.top + bar.height / 4 ? 0 : FIRST + STEP * i;
      data.fill(grey, y * width + bar.left, y * width + bar.left + bar.width);
    }
  }
  return { width, height, data };
}

export class FakeDetector implements Detector {
  calls = 0;
  disposed = 0;

  async detect(image: GrayImage): Promise<DetectedLine[]> {
    this.calls++;
    return components(image).map(({ left, top, right, bottom }) => ({
      quad: [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ] as Quad,
      confidence: 0.9,
    }));
  }

  async dispose(): Promise<void> {
    this.disposed++;
  }
}

/** Boxes around what is joined and no paper. */
function components({ width, height, data }: GrayImage) {
  const seen = new Uint8Array(data.length);
  const boxes: { left: number; top: number; right: number; bottom: number }[] = [];
  for (let at = 0; at < data.length; at++) {
    if (seen[at] || data[at] === PAPER) continue;
    const box = { left: width, top: height, right: 0, bottom: 0 };
    const open = [at];
    seen[at] = 1;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const x = next % width;
      const y = (next - x) / width;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const) {
        const to = next + dy * width + dx;
        if (x + dx < 0 || x + dx >= width || to < 0 || to >= data.length) continue;
        if (seen[to] || data[to] === PAPER) continue;
        seen[to] = 1;
        open.push(to);
      }
    }
    boxes.push(box);
  }
  return boxes;
}

export class FakeRecognizer implements WordRecognizer {
  readonly batches: number[] = [];
  readonly options: (ReadOptions | undefined)[] = [];
  disposed = 0;
  readonly #bars: readonly Bar[];

  constructor(bars: readonly Bar[]) {
    this.#bars = bars;
  }

  async read(crops: readonly GrayImage[], options?: ReadOptions): Promise<LineReading[]> {
    this.batches.push(crops.length);
    this.options.push(options);
    return crops.map((crop) => this.#readCrop(crop));
  }

  /** It sees bars as wholes: no word is read better by itself. */
  async readTogether() {
    return undefined;
  }

  async dispose(): Promise<void> {
    this.disposed++;
  }

  #readCrop({ width, height, data }: GrayImage): LineReading {
    const at = (x: number, y: number) => data[y * width + x] as number;
    const x = width >> 1;
    const ink = (value: number) => value < 200;
    let top = 0;
    while (top < height && !ink(at(x, top))) top++;
    let bottom = height - 1;
    while (bottom > top && !ink(at(x, bottom))) bottom--;
    const y = (top + bottom) >> 1;
    let left = 0;
    while (left < width && !ink(at(left, y))) left++;
    let right = width;
    while (right > left && !ink(at(right - 1, y))) right--;
    if (right <= left) return toReading('', 0, 0, () => 1);
    const size = bottom - top + 1;
    const upper = at(x, top + Math.floor(size / 8));
    const lower = at(x, bottom - Math.floor(size / 8));
    const bar = this.#bars[Math.round((lower - FIRST) / STEP)];
    // Upside down or sideways the black edge is not above.
    if (upper > 30 || !bar) return toReading('?#?#', left, right, () => 0.4);
    return toReading(bar.text, left, right, bar.confidence ?? (() => 0.95));
  }
}

function toReading(
  text: string,
  left: number,
  right: number,
  confidence: (c: string) => number,
): LineReading {
  const step = (right - left) / Math.max(1, text.length);
  const characters = [...text].map((character, i) => ({
    text: character,
    start: left + step * i,
    end: left + step * (i + 1),
    confidence: confidence(character),
  }));
  return { text, confidence: Math.min(1, ...characters.map((c) => c.confidence)), characters };
}

export const WIDTH = 480;
export const HEIGHT = 360;

const column = (left: number, name: string): Bar[] =>
  Array.from({ length: 7 }, (_, i) => ({
    text: `${name} line ${i}`,
    left,
    top: 60 + i * 26,
    width: 200,
    height: 16,
  }));
/** A heading, two columns and a footer. */
export const PAGE: Bar[] = [
  { text: 'Heading', left: 120, top: 10, width: 240, height: 24 },
  ...column(20, 'left'),
  ...column(250, 'right'),
  { text: 'Footer', left: 200, top: 320, width: 80, height: 16 },
];

export const linesOf = (page: ReadPageResult): ReadLine[] =>
  page.blocks.flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines));
export const textsOf = (page: ReadPageResult) => linesOf(page).map((line) => line.text);

export function world(bars: readonly Bar[]) {
  const detector = new FakeDetector();
  const recognizer = new FakeRecognizer(bars);
  const reader = createPageReader(detector, recognizer);
  const read = (image: GrayImage, options: Partial<ReadPageOptions> = {}) =>
    reader.readPage(image, { mode: 'page', ...options });
  return { detector, recognizer, reader, read };
}

export function expectQuad(actual: Quad | undefined, expected: readonly (readonly [number, number])[]) {
  for (const [i, [x, y]] of expected.entries()) {
    expect(actual?.[i]?.[0]).toBeCloseTo(x, 3);
    expect(actual?.[i]?.[1]).toBeCloseTo(y, 3);
  }
}
