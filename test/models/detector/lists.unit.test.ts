import { describe, expect, it } from 'vitest';
import type { LabelledLine, Quad } from '../../../models/base/image.js';
import { DEFAULT_DETECTOR_CONFIG } from '../../../models/detector/config.js';
import {
  addCounts,
  countCoverage,
  countMatches,
  NO_COUNTS,
  score,
} from '../../../models/detector/detection-metrics.js';
import { lineFrame } from '../../../models/detector/line-frame.js';
import { mergeWords } from '../../../models/detector/merge-words.js';
import { enlargedFactor, mainFactor } from '../../../models/detector/scales.js';
import { dropContained, mergeScales } from '../../../models/detector/suppress.js';

const box = (x: number, y: number, w: number, h: number): Quad => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
];
const label = (quad: Quad, ignore = false): LabelledLine => ({ text: 'x', quad, ...(ignore && { ignore }) });
const line = (quad: Quad, confidence = 0.9) => ({ quad, confidence });

describe('countMatches', () => {
  it('matches one to one and leaves ignored labels out', () => {
    const labels = [label(box(0, 0, 100, 20)), label(box(0, 40, 100, 20)), label(box(0, 80, 100, 20), true)];
    const found = [box(2, 0, 100, 20), box(4, 1, 98, 19), box(0, 200, 50, 20), box(10, 80, 50, 20)];
    const counts = countMatches(labels, found);
    expect(counts).toEqual({ labels: 2, labelsFound: 1, detections: 3, detectionsRight: 1 });
    expect(score(counts)).toEqual({ recall: 0.5, precision: 1 / 3, f1: 0.4 });
  });

  it('counts nothing as right, and adds up', () => {
    expect(score(NO_COUNTS)).toEqual({ precision: 1, recall: 1, f1: 1 });
    const one = countMatches([label(box(0, 0, 10, 10))], []);
    expect(score(addCounts(one, one))).toEqual({ precision: 1, recall: 0, f1: 0 });
  });
});

describe('countCoverage', () => {
  const words = [label(box(0, 0, 40, 20)), label(box(50, 0, 40, 20)), label(box(100, 0, 40, 20))];

  it('accepts one line for many words, but not a block for lines or a piece for a word', () => {
    expect(countCoverage(words, [box(0, 0, 140, 20)])).toEqual({
      labels: 3,
      labelsFound: 3,
      detections: 1,
      detectionsRight: 1,
    });
    expect(countCoverage(words, [box(0, -30, 140, 90)])).toMatchObject({
      labelsFound: 0,
      detectionsRight: 0,
    });
    // Labels half as high again as the pitch of their lines, and boxes that fit the print.
    const pitch = [0, 22, 44, 66];
    const tall = pitch.map((y) => label(box(0, y - 7, 200, 32)));
    const tight = pitch.map((y) => box(0, y + 1, 200, 17));
    expect(countCoverage(tall, tight)).toEqual({
      labels: 4,
      labelsFound: 4,
      detections: 4,
      detectionsRight: 4,
    });
    expect(countCoverage(tall, tight.slice(1))).toMatchObject({ labelsFound: 3 });
    expect(countCoverage(words, [box(0, 0, 20, 20)])).toMatchObject({ labelsFound: 0, detectionsRight: 1 });
    expect(countCoverage(words, [box(200, 0, 40, 20)])).toMatchObject({ detections: 1, detectionsRight: 0 });
    expect(countCoverage([label(box(0, 0, 40, 20), true)], [box(0, 0, 30, 20)])).toMatchObject({
      labels: 0,
      detections: 0,
    });
  });
});

describe('mergeWords', () => {
  it('joins words of one line and keeps lines, columns and sizes apart', () => {
    const merged = mergeWords([
      { text: 'two', quad: box(50, 1, 40, 20) },
      { text: 'one', quad: box(0, 0, 40, 20) },
      { text: 'next', quad: box(0, 24, 60, 20) },
      { text: 'column', quad: box(140, 0, 60, 20) },
      { text: 'Big', quad: box(95, -20, 40, 60) },
    ]);
    expect(merged.map((m) => m.text).sort()).toEqual(['Big', 'column', 'next', 'one two']);
    const first = merged.find((m) => m.text === 'one two')!;
    const frame = lineFrame(first.quad);
    expect(frame.length).toBeCloseTo(90, 3);
    expect(frame.height).toBeCloseTo(21, 3);
    expect(first.words!.map((w) => w.text)).toEqual(['one', 'two']);
  });
});

describe('scales', () => {
  const { scales } = DEFAULT_DETECTOR_CONFIG;

  it('enlarges small pages, reduces large ones', () => {
    expect(mainFactor(1240, 1754, scales)).toBe(1);
    expect(mainFactor(300, 200, scales)).toBe(2);
    expect(mainFactor(2480, 3508, scales)).toBeCloseTo(0.5, 1);
  });

  it('looks again at tiny print, within bounds', () => {
    expect(enlargedFactor(1000, 1400, 1, [12, 14, 15], scales)).toBeUndefined();
    expect(enlargedFactor(1000, 1400, 1, [], scales)).toBeUndefined();
    expect(enlargedFactor(1000, 1400, 1, [6, 7, 7], scales)).toBeGreaterThan(1.5);
    const factor = enlargedFactor(2480, 3508, 0.5, [6, 6, 6], scales)!;
    expect(2480 * 3508 * factor ** 2).toBeLessThanOrEqual(2 * scales.maxPixels * 1.01);
  });
});

describe('mergeScales', () => {
  it('adds giant lettering, drops its pieces and blocks of text', () => {
    const giant = line(box(0, 0, 800, 200));
    const piece = line(box(20, 50, 60, 120));
    const small = line(box(0, 400, 300, 20));
    expect(mergeScales([piece, small], [giant])).toEqual([small, giant]);
    const paragraph = Array.from({ length: 8 }, (_, i) => line(box(0, i * 24, 800, 18)));
    expect(mergeScales(paragraph, [giant])).toEqual(paragraph);
  });

  it('keeps one of two that are the same line', () => {
    const main = line(box(0, 0, 800, 150));
    expect(mergeScales([main], [line(box(10, 5, 780, 140))])).toEqual([main]);
    const longer = line(box(0, 0, 1200, 150));
    expect(mergeScales([main], [longer])).toEqual([longer]);
  });
});

describe('dropContained', () => {
  it('drops what lies within another, keeps the order of the rest', () => {
    const a = line(box(0, 0, 100, 20));
    const b = line(box(10, 4, 30, 10));
    const c = line(box(0, 30, 100, 20));
    expect(dropContained([b, a, c])).toEqual([a, c]);
  });
});
