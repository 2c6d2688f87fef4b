import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { align, decodeBeam } from '../../../models/recognizer/beam.js';
import { decodeGreedy, type FrameScores, softmaxFrames } from '../../../models/recognizer/decode.js';

/** Rows of probabilities over a, b, blank. */
function frames(...rows: [number, number, number][]): FrameScores {
  return { data: Float32Array.from(rows.flat()), frames: rows.length, classes: 3 };
}

describe('decodeGreedy', () => {
  it('merges repeats, drops blanks, and keeps a letter that a blank doubles', () => {
    const decoded = decodeGreedy(
      frames([0.9, 0, 0.1], [0.8, 0, 0.2], [0.1, 0, 0.9], [0.7, 0, 0.3], [0, 0.6, 0.4]),
    );
    expect(decoded.map(({ classIndex }) => classIndex)).toEqual([0, 0, 1]);
    expect(decoded.map(({ firstFrame, endFrame }) => [firstFrame, endFrame])).toEqual([
      [0, 2],
      [3, 4],
      [4, 5],
    ]);
    expect(decoded[0]!.confidence).toBeCloseTo(0.9);
  });

  it('gives nothing for blanks and for no frame at all', () => {
    expect(decodeGreedy(frames([0, 0, 1], [0.2, 0.2, 0.6]))).toEqual([]);
    expect(decodeGreedy(frames())).toEqual([]);
  });
});

describe('softmaxFrames', () => {
  it('sums to one and gives forbidden classes nothing', () => {
    const scores = { data: Float32Array.of(5, 1, -2, 0, 3, 1), frames: 2, classes: 3 };
    const all = softmaxFrames(scores).data;
    expect(all[0]! + all[1]! + all[2]!).toBeCloseTo(1);
    const some = softmaxFrames(scores, Uint8Array.of(0, 1, 1)).data;
    expect(some[0]).toBe(0);
    expect(some[1]! / some[2]!).toBeCloseTo(Math.exp(3), 3);
  });
});

describe('decodeBeam', () => {
  it('finds the text whose alignments together are likeliest where the best single path differs', () => {
    // Greedy reads nothing (0.6 · 0.6 for two blanks); "a" has three alignments: 0.4·0.4 + 0.4·0.6 + 0.6·0.4 = 0.64.
    const scores = frames([0.4, 0, 0.6], [0.4, 0, 0.6]);
    expect(decodeGreedy(scores)).toEqual([]);
    expect(decodeBeam(scores).map(({ classIndex }) => classIndex)).toEqual([0]);
  });

  it('agrees with a brute-force sum over all alignments', () => {
    const random = new Random(7, 'beam');
    for (let trial = 0; trial < 30; trial++) {
      const scores = softmaxFrames({
        data: Float32Array.from({ length: 15 }, () => random.normal(0, 2)),
        frames: 5,
        classes: 3,
      });
      const sums = new Map<string, number>();
      for (let path = 0; path < 3 ** 5; path++) {
        const classes = Array.from({ length: 5 }, (_, t) => Math.floor(path / 3 ** t) % 3);
        const probability = classes.reduce((product, k, t) => product * scores.data[t * 3 + k]!, 1);
        const text = classes.filter((k, t) => k !== 2 && k !== classes[t - 1]).join('');
        sums.set(text, (sums.get(text) ?? 0) + probability);
      }
      const best = [...sums].sort((a, b) => b[1] - a[1])[0]![0];
      expect(
        decodeBeam(scores, 50)
          .map(({ classIndex }) => classIndex)
          .join(''),
      ).toBe(best);
    }
  });
});

describe('align', () => {
  it('places each character at its frames', () => {
    const placed = align(frames([0.1, 0, 0.9], [0.9, 0, 0.1], [0.8, 0.1, 0.1], [0, 0.9, 0.1]), [0, 1]);
    expect(placed.map(({ firstFrame, endFrame }) => [firstFrame, endFrame])).toEqual([
      [1, 3],
      [3, 4],
    ]);
  });
});
