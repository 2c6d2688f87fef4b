import { describe, expect, it } from 'vitest';
import { mergeSplitSpikes } from '../../../models/recognizer/split-spikes.js';

const LETTERS = 'dl';
const read = (...spikes: [letter: string, frame: number, confidence: number][]) =>
  mergeSplitSpikes(
    spikes.map(([letter, firstFrame, confidence]) => ({
      classIndex: LETTERS.indexOf(letter),
      firstFrame,
      endFrame: firstFrame + 1,
      confidence,
    })),
    (index) => LETTERS[index]!,
    2.3,
  );

describe('mergeSplitSpikes', () => {
  it('makes one letter of two spikes at one place', () => {
    expect(read(['d', 4, 0.6], ['d', 6, 0.9])).toEqual([
      { classIndex: 0, firstFrame: 4, endFrame: 7, confidence: 0.9 },
    ]);
    expect(read(['l', 4, 0.6], ['l', 6, 0.7])).toHaveLength(1);
  });

  it('keeps doubled letters: farther apart, or narrow and certain', () => {
    expect(read(['d', 4, 0.5], ['d', 7, 0.5])).toHaveLength(2);
    expect(read(['l', 4, 0.99], ['l', 6, 0.95])).toHaveLength(2);
  });

  it('keeps different letters however close', () => {
    expect(read(['d', 4, 0.5], ['l', 5, 0.5], ['d', 6, 0.5])).toHaveLength(3);
  });
});
