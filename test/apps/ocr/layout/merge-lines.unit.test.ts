import { describe, expect, it } from 'vitest';
import { mapQuad, rotation } from '../../../../apps/ocr/layout/geometry.js';
import { mergeLines } from '../../../../apps/ocr/layout/merge-lines.js';
import type { Quad } from '../../../../models/base/image.js';

const found = (left: number, top: number, width: number, height = 20, confidence = 0.9) => ({
  quad: [
    [left, top],
    [left + width, top],
    [left + width, top + height],
    [left, top + height],
  ] as Quad,
  confidence,
});

describe('mergeLines', () => {
  it('joins parts of one line and takes the lesser confidence', () => {
    const merged = mergeLines([found(104, 1, 80, 20, 0.6), found(0, 0, 100)], 0);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.confidence).toBe(0.6);
    expect(merged[0]?.quad).toEqual(found(0, 0, 184, 21).quad);
  });

  it('leaves apart what a blank or more divides, another size, and another baseline', () => {
    const lines = [
      found(0, 0, 100),
      found(112, 0, 80),
      found(194, 0, 80, 40),
      found(0, 30, 100),
      found(102, 40, 100),
    ];
    expect(mergeLines(lines, 0)).toHaveLength(5);
  });

  it('works along the slope of the page', () => {
    const turn = rotation(0.1);
    const lines = [found(0, 0, 300), found(303, 0, 300)].map((item) => ({
      ...item,
      quad: mapQuad(item.quad, turn),
    }));
    const [merged] = mergeLines(lines, 0.1);
    for (const [i, point] of mapQuad(found(0, 0, 603).quad, turn).entries()) {
      expect(merged?.quad[i]?.[0]).toBeCloseTo(point[0], 6);
      expect(merged?.quad[i]?.[1]).toBeCloseTo(point[1], 6);
    }
  });

  it('does not join text that stands beside text that lies', () => {
    expect(mergeLines([found(0, 0, 20, 200), found(22, 90, 200)], 0)).toHaveLength(2);
  });
});
