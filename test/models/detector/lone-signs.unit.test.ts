import { describe, expect, it } from 'vitest';
import type { LabelledLine, Quad } from '../../../models/base/image.js';
import { findLines } from '../../../models/detector/boxes.js';
import { lineFrame } from '../../../models/detector/line-frame.js';
import { quadIou } from '../../../models/detector/quad-overlap.js';
import { makeTargets } from '../../../models/detector/targets.js';

const box = (x: number, y: number, width: number, height: number): Quad => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

/** Cores of probability `surely` for lines, and of `hardly` for signs. */
function look(lines: readonly Quad[], signs: readonly Quad[], hardly: number) {
  const labelled = (quads: readonly Quad[]): LabelledLine[] => quads.map((quad) => ({ text: 'a', quad }));
  const all = makeTargets(labelled([...lines, ...signs]), 480, 160);
  const strong = makeTargets(labelled(lines), 480, 160);
  const logit = Math.log(hardly / (1 - hardly));
  const core = all.core.map((v, i) => (strong.core[i] ? 5 : v ? logit : -5));
  return findLines({ ...all, core });
}

const LINE = box(20, 40, 200, 20);
const holds = (found: ReturnType<typeof look>, quad: Quad) =>
  found.some((line) => quadIou(line.quad, quad) > 0.6);

describe('single signs', () => {
  const sign = box(400, 41, 14, 20);

  it('are found by weak cores in the row of a line', () => {
    const found = look([LINE], [sign], 0.45);
    expect(found).toHaveLength(2);
    expect(holds(found, sign)).toBe(true);
    expect(lineFrame(found.find(({ quad }) => quad[0][0] > 300)!.quad).length).toBeLessThan(24);
  });

  it('are left out where the core is weaker, or nothing stands in their row', () => {
    expect(look([LINE], [sign], 0.35)).toHaveLength(1);
    expect(look([], [sign], 0.45)).toHaveLength(0);
    expect(look([LINE], [box(400, 90, 14, 20)], 0.45)).toHaveLength(1);
    // A heading's row is no row of small print.
    expect(look([LINE], [box(400, 44, 9, 12)], 0.45)).toHaveLength(1);
  });

  it('are no words, and no other sign makes their row', () => {
    expect(look([LINE], [box(300, 41, 80, 20)], 0.45)).toHaveLength(1);
    expect(look([box(20, 40, 14, 20)], [sign], 0.45)).toHaveLength(1);
  });

  it('are not looked for inside of a line, nor among the traces that somebody asks for', () => {
    const inside = look([LINE], [], 0.45);
    expect(inside).toHaveLength(1);
    const targets = makeTargets([{ text: 'a', quad: LINE }], 480, 160);
    const core = targets.core.map((v) => (v ? 5 : -5));
    // Specks above the core, within the line's height.
    for (let x = 40; x < 46; x++) for (let y = 21; y < 23; y++) core[y * targets.coreWidth + x] = -0.2;
    expect(findLines({ ...targets, core })).toHaveLength(1);
  });
});
