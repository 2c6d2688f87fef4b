import { describe, expect, it } from 'vitest';
import { cutWindows, readInPieces } from '../../../../apps/train/bench/long-lines.js';
import type { GrayImage } from '../../../../models/base/image.js';
import type { Recognizer } from '../../../../models/recognizer/reading.js';

/** A line whose letters are 8 pixels wide; the grey value of a column names its letter. */
const TEXT = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const line: GrayImage = {
  width: TEXT.length * 8,
  height: 10,
  data: Uint8Array.from({ length: TEXT.length * 80 }, (_, i) =>
    TEXT.charCodeAt(Math.floor((i % (TEXT.length * 8)) / 8)),
  ),
};

/** Reads the letters of which at least half is in the crop. */
const recognizer: Recognizer = {
  async read(crops) {
    return crops.map(({ width, data }) => {
      const characters = [];
      for (let x = 0; x < width; ) {
        let end = x;
        while (end < width && data[end] === data[x]) end++;
        if (end - x >= 4)
          characters.push({ text: String.fromCharCode(data[x]!), start: x, end, confidence: 1 });
        x = end;
      }
      return { text: characters.map(({ text }) => text).join(''), confidence: 1, characters };
    });
  },
  dispose: async () => {},
};

describe('cutWindows', () => {
  it.each([3, 8, 12, 100])('covers the line with pieces of %i heights that overlap', (piece) => {
    const windows = cutWindows(line, piece);
    expect(windows[0]![0]).toBe(0);
    expect(windows.at(-1)![1]).toBe(line.width);
    windows.slice(1).forEach(([left], i) => {
      expect(windows[i]![1] - left).toBeGreaterThanOrEqual(19);
    });
  });
});

describe('readInPieces', () => {
  it.each([undefined, 4, 8, 12, 16])('loses and doubles nothing at the seams (%s)', async (piece) => {
    expect(await readInPieces(recognizer, line, piece)).toBe(TEXT);
  });
});
