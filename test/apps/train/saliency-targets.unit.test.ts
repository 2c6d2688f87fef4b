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

  it('draws the outline where object and background meet, and not along the rim', () => {
    const contour = new Float32Array((side * side) / 4);
    outline(mask, side, contour);
    const columns = [...contour.keys()].filter((i) => contour[i] === 1).map((i) => i % 16);
    expect(new Set(columns)).toEqual(new Set([8]));
    expect(columns).toHaveLength(16);
  });
});
