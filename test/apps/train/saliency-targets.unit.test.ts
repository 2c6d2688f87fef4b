import { describe, expect, it } from 'vitest';
import { outline, outlineWeight } from '../../../apps/train/saliency-targets.js';

describe('outlineWeight and outline', () => {
  const side = 32;
  const mask = Float32Array.from({ length: side * side }, (_, i) => (i % side < 16 ? 1 : 0));

  it('weighs pixels near the outline most, those far from it 1, at the image’s rim too', () => {
    const weight = new Float32Array(side * side);
    outlineWeight(mask, side, weight);
    expect(weight[5 * side]).toBeCloseTo(1, 6);
    // A window of 5 columns around column 15 holds 2 of the background's.
    expect(weight[5 * side + 15]).toBeCloseTo(1 + (5 * 2) / 5, 6);
    expect(weight[31 * side + 16]).toBeCloseTo(1 + (5 * 2) / 5, 6);
  });

  const half = side / 2;
  const contourOf = (of: Float32Array) => {
    const contour = new Float32Array(half * half);
    outline(of, side, contour);
    return contour;
  };
  const transposed = (of: Float32Array, n: number) => of.map((_, i) => of[(i % n) * n + Math.floor(i / n)]!);
  const turned = (of: Float32Array) => of.slice().reverse();

  it('draws the outline on both sides of where object and background meet, and not along the rim', () => {
    const contour = contourOf(mask);
    const columns = [...contour.keys()].filter((i) => contour[i] === 1).map((i) => i % half);
    expect(new Set(columns)).toEqual(new Set([7, 8]));
    expect(columns).toHaveLength(2 * half);
  });

  it('draws the mirrored outline of a mirrored mask', () => {
    const blob = mask.map((_, i) => (((i % side) - 9) ** 2 + (Math.floor(i / side) - 14) ** 2 < 50 ? 1 : 0));
    for (const of of [mask, blob]) {
      const contour = contourOf(of);
      expect(contourOf(turned(of))).toEqual(turned(contour));
      expect(contourOf(transposed(of, side))).toEqual(transposed(contour, half));
    }
    const odd = mask.map((_, i) => (i % side < 13 ? 1 : 0));
    expect(contourOf(turned(odd))).toEqual(turned(contourOf(odd)));
  });
});
