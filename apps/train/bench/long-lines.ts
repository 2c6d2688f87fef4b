/**
 * Long lines read whole against cut into overlapping pieces: which is better, and what it costs. A fixed-width network
 * must cut (docTR cuts crops above 8:1); ours takes any width, so cutting has to earn its place.
 */
import type { GrayImage } from '../../../models/base/image.js';
import { openRecognizer } from '../../../models/recognizer/open-recognizer.js';
import type { ReadCharacter, Recognizer } from '../../../models/recognizer/reading.js';
import { loadGray } from '../load-gray.js';
import { loadLabels } from '../scoring/labels.js';
import { scoreLines, type TextPair } from '../scoring/score.js';
import { markdownTable } from './markdown-table.js';
import type { NamedSet } from './sets.js';

export interface LongLinesOptions {
  readonly folder: string;
  readonly sets: readonly NamedSet[];
  /** Only lines at least so many times as wide as high. */
  readonly leastRatio: number;
  /** Widths of pieces to try, in multiples of the line's height. */
  readonly pieces: readonly number[];
  readonly threads: number;
  readonly signal?: AbortSignal;
}

export interface LongLinesResult {
  /** Width of a piece in line heights; undefined: read whole. */
  readonly piece: number | undefined;
  readonly lines: number;
  readonly cer: number;
  readonly millisecondsPerLine: number;
}

/** Pieces overlap by this many line heights: some three letters, whatever their shape. */
const OVERLAP = 2;

export async function compareLongLines(options: LongLinesOptions): Promise<LongLinesResult[]> {
  const lines: { image: GrayImage; text: string }[] = [];
  for (const { folder } of options.sets) {
    for (const { path, text } of loadLabels(folder).samples) {
      const image = await loadGray(path);
      if (image.width >= options.leastRatio * image.height) lines.push({ image, text });
    }
  }
  const recognizer = await openRecognizer(options.folder, { threads: options.threads });
  const results: LongLinesResult[] = [];
  try {
    for (const piece of [undefined, ...options.pieces]) {
      const pairs: TextPair[] = [];
      const start = performance.now();
      for (const { image, text } of lines) {
        options.signal?.throwIfAborted();
        pairs.push({ expected: text, actual: await readInPieces(recognizer, image, piece) });
      }
      const millisecondsPerLine = (performance.now() - start) / Math.max(1, lines.length);
      results.push({ piece, lines: lines.length, cer: scoreLines(pairs).cer, millisecondsPerLine });
    }
  } finally {
    await recognizer.dispose();
  }
  return results;
}

/** @param piece width of a piece in line heights. */
export async function readInPieces(
  recognizer: Recognizer,
  image: GrayImage,
  piece: number | undefined,
): Promise<string> {
  const windows = piece === undefined ? [[0, image.width] as const] : cutWindows(image, piece);
  const readings = await recognizer.read(windows.map(([left, right]) => columns(image, left, right)));
  return windows
    .flatMap(([left], i) => {
      // Each piece answers for its part up to the middle of the overlaps.
      const from = i === 0 ? Number.NEGATIVE_INFINITY : (windows[i - 1]![1] + left) / 2;
      const to =
        i === windows.length - 1 ? Number.POSITIVE_INFINITY : (windows[i]![1] + windows[i + 1]![0]) / 2;
      const centre = ({ start, end }: ReadCharacter) => left + (start + end) / 2;
      return readings[i]!.characters.filter(
        (character) => centre(character) >= from && centre(character) < to,
      );
    })
    .map(({ text }) => text)
    .join('');
}

/** Windows of equal width that overlap and cover the line. */
export function cutWindows({ width, height }: GrayImage, piece: number): (readonly [number, number])[] {
  const size = Math.round(piece * height);
  const overlap = Math.round(OVERLAP * height);
  if (width <= size) return [[0, width]];
  const count = Math.ceil((width - overlap) / (size - overlap));
  const step = (width - size) / (count - 1);
  return Array.from({ length: count }, (_, i) => {
    const left = Math.round(i * step);
    return [left, Math.min(width, left + size)] as const;
  });
}

function columns({ width, height, data }: GrayImage, left: number, right: number): GrayImage {
  if (left === 0 && right === width) return { width, height, data };
  const cut = new Uint8Array((right - left) * height);
  for (let y = 0; y < height; y++) {
    cut.set(data.subarray(y * width + left, y * width + right), y * (right - left));
  }
  return { width: right - left, height, data: cut };
}

export function longLinesTable(results: readonly LongLinesResult[]): string {
  return markdownTable(
    [
      { title: 'lines are read', align: 'left' },
      { title: 'lines' },
      { title: 'CER %' },
      { title: 'ms a line' },
    ],
    results.map(({ piece, lines, cer, millisecondsPerLine }) => [
      piece === undefined ? 'whole' : `in pieces of ${piece} line heights`,
      String(lines),
      cer.toFixed(2),
      millisecondsPerLine.toFixed(1),
    ]),
  );
}
