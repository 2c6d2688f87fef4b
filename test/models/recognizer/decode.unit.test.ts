import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { align, decodeBeam } from '../../../models/recognizer/beam.js';
import { decodeGreedy } from '../../../models/recognizer/decode.js';
import { FrameProbabilities } from '../../../models/recognizer/frame-probabilities.js';

/** Rows of probabilities over a, b, blank. */
function frames(...rows: [number, number, number][]): FrameProbabilities {
  const data = Float32Array.from(rows.flat(), Math.log);
  return new FrameProbabilities({ data, frames: rows.length, classes: 3 });
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

describe('FrameProbabilities', () => {
  it('sums to one and gives forbidden classes nothing', () => {
    const scores = { data: Float32Array.of(5, 1, -2, 0, 3, 1), frames: 2, classes: 3 };
    const all = new FrameProbabilities(scores);
    expect(all.at(0, 0) + all.at(0, 1) + all.at(0, 2)).toBeCloseTo(1);
    expect([...all.best]).toEqual([0, 1]);
    expect(all.bestProbability[1]).toBeCloseTo(all.at(1, 1));
    const some = new FrameProbabilities(scores, Uint8Array.of(0, 1, 1));
    expect(some.at(0, 0)).toBe(0);
    expect(some.at(0, 1) / some.at(0, 2)).toBeCloseTo(Math.exp(3), 3);
    expect(some.best[0]).toBe(1);
  });

  it('keeps as candidates the best class and those of at least a thousandth', () => {
    const { starts, candidates, candidateProbabilities } = frames([0.9, 0.0005, 0.0995], [0.0001, 0.9999, 0]);
    expect([...starts]).toEqual([0, 2, 3]);
    expect(candidates).toEqual([0, 2, 1]);
    expect(candidateProbabilities[1]).toBeCloseTo(0.0995);
    const flat = new FrameProbabilities({ data: new Float32Array(2000), frames: 1, classes: 2000 });
    expect(flat.candidates).toEqual([flat.best[0]]);
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
      const scores = new FrameProbabilities({
        data: Float32Array.from({ length: 15 }, () => random.normal(0, 2)),
        frames: 5,
        classes: 3,
      });
      const sums = new Map<string, number>();
      for (let path = 0; path < 3 ** 5; path++) {
        const classes = Array.from({ length: 5 }, (_, t) => Math.floor(path / 3 ** t) % 3);
        const probability = classes.reduce((product, k, t) => product * scores.at(t, k), 1);
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

describe('decodeBeam in parts', () => {
  const certain: [number, number, number] = [0.0002, 0.0002, 0.9996];

  it('reads what stands on the two sides of a sure blank as it reads each side alone', () => {
    const left: [number, number, number][] = [
      [0.4, 0, 0.6],
      [0.4, 0, 0.6],
    ];
    const right: [number, number, number][] = [
      [0.9, 0.1, 0],
      [0.99, 0.01, 0],
    ];
    const found = decodeBeam(frames(certain, ...left, certain, certain, ...right, certain));
    expect(found.map(({ classIndex }) => classIndex)).toEqual([0, 0]);
    expect(found[0]!.firstFrame).toBeGreaterThanOrEqual(1);
    expect(found[0]!.endFrame).toBeLessThanOrEqual(3);
    expect([found[1]!.firstFrame, found[1]!.endFrame]).toEqual([5, 7]);
    expect(found[1]!.confidence).toBeCloseTo(0.99);
  });

  it('gives the greedy reading where all is certain', () => {
    const scores = frames(
      certain,
      [0.99, 0.01, 0],
      [0.99, 0, 0.01],
      [0, 0.01, 0.99],
      [0.985, 0, 0.015],
      certain,
    );
    expect(decodeBeam(scores)).toEqual(decodeGreedy(scores));
    expect(decodeBeam(scores)).toHaveLength(2);
    expect(decodeBeam(frames(certain, certain))).toEqual([]);
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
