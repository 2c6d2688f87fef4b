import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { layoutAugmentations, outlineAugmentations } from '../../../synth/augment/outline.js';

const BOX = { x: 0, y: -20, width: 300, height: 28 };
const GRID = Array.from({ length: 40 }, (_, i) => [(i % 10) * 33, -20 + Math.floor(i / 10) * 9] as const);

describe.each(outlineAugmentations.map((a) => [a.name, a] as const))('%s', (_name, augmentation) => {
  it('is the identity at strength 0', () => {
    for (let n = 0; n < 10; n++) {
      const map = augmentation.prepare(BOX, new Random('zero', n), 0);
      for (const [x, y] of GRID) {
        const [px, py] = map(x, y);
        expect(px).toBeCloseTo(x, 6);
        expect(py).toBeCloseTo(y, 6);
      }
    }
  });

  it('moves points at full strength, stays near the line, and repeats with its seed', () => {
    let furthest = 0;
    for (let n = 0; n < 40; n++) {
      const map = augmentation.prepare(BOX, new Random('full', n), 1);
      const again = augmentation.prepare(BOX, new Random('full', n), 1);
      for (const [x, y] of GRID) {
        const point = map(x, y);
        expect(again(x, y)).toEqual(point);
        expect(point.every(Number.isFinite)).toBe(true);
        furthest = Math.max(furthest, Math.hypot(point[0] - x, point[1] - y));
        expect(Math.abs(point[1] - y)).toBeLessThan(BOX.height * 2.5);
        expect(Math.abs(point[0] - x)).toBeLessThan(BOX.width);
      }
    }
    expect(furthest).toBeGreaterThan(1);
  });

  it('keeps the order of characters from left to right', () => {
    for (let n = 0; n < 40; n++) {
      const map = augmentation.prepare(BOX, new Random('order', n), 1);
      for (let x = 0; x < 300; x += 15) expect(map(x + 15, -8)[0]).toBeGreaterThan(map(x, -8)[0]);
    }
  });

  it('states its ranges from least to most', () => {
    for (const [low, high] of Object.values(augmentation.ranges)) expect(low).toBeLessThan(high);
  });
});

describe.each(layoutAugmentations.map((a) => [a.name, a] as const))('%s', (_name, augmentation) => {
  it('changes nothing at strength 0', () => {
    const change = augmentation.draw(20, new Random('zero'), 0);
    expect(change.tracking ?? 0).toBeCloseTo(0, 9);
    expect(change.grow ?? 0).toBeCloseTo(0, 9);
    expect(change.wordSpace ?? 1).toBeCloseTo(1, 9);
    for (let i = 0; i < 20; i++) {
      const { x, y, rotation } = change.offset?.(i) ?? { x: 0, y: 0, rotation: 0 };
      expect(Math.abs(x) + Math.abs(y) + Math.abs(rotation)).toBeCloseTo(0, 9);
    }
  });

  it('changes something at full strength', () => {
    const change = augmentation.draw(20, new Random('full'), 1);
    const { x, y } = change.offset?.(7) ?? { x: 0, y: 0 };
    expect(
      Math.abs(change.tracking ?? 0) + Math.abs(change.grow ?? 0) + Math.abs(x) + Math.abs(y),
    ).toBeGreaterThan(0);
  });
});
