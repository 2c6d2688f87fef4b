import { describe, expect, it } from 'vitest';
import type { Quad } from '../../../models/base/image.js';
import { findLines } from '../../../models/detector/boxes.js';
import { makeTargets } from '../../../models/detector/targets.js';

const sign = (x: number, y: number, height: number, aspect: number): Quad => [
  [x, y],
  [x + aspect * height, y],
  [x + aspect * height, y + height],
  [x, y + height],
];

describe('targets of single signs', () => {
  it.each([
    ['a digit', 0.5, 10],
    ['a wide letter', 0.7, 8],
    ['a one', 0.35, 14],
  ])('keep cells enough to be found again: %s', (_, aspect, height) => {
    let found = 0;
    for (let i = 0; i < 64; i++) {
      const quad = sign(60 + (i % 8) / 2 + 0.13, 60 + Math.floor(i / 8) / 2 + 0.17, height, aspect);
      const targets = makeTargets([{ text: '1', quad }], 128, 128);
      const core = targets.core.map((v) => (v ? 4 : -4));
      if (findLines({ ...targets, core }).length === 1) found++;
    }
    expect(found).toBeGreaterThan(54);
  });

  it('weigh more, cell by cell, than those of lines, and at most three times as much', () => {
    const weightOf = (quad: Quad) => {
      const { core, coreWeight } = makeTargets([{ text: '1', quad }], 256, 64);
      return coreWeight[core.indexOf(1)]!;
    };
    const line = weightOf(sign(10, 20, 16, 12));
    expect(weightOf(sign(10, 20, 16, 4))).toBeCloseTo(line);
    expect(weightOf(sign(10, 20, 16, 1))).toBeCloseTo(2 * line);
    expect(weightOf(sign(10, 20, 16, 0.25))).toBeCloseTo(3 * line);
  });
});
