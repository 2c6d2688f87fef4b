import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropAround, cropPixels, parseRatio, subjectBox } from '../../../../apps/saliency/render/crop.js';
import type { Box } from '../../../../models/base/image.js';
import { isWithin, subjectOf, subjectOfMap } from '../scenes.js';

const ratio = (text: string) => ({ ratio: parseRatio(text) });

const holds = (outer: Box, inner: Box) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

/** A picture's size and a box within it. */
const layout = fc
  .record({ width: fc.integer({ min: 1, max: 60 }), height: fc.integer({ min: 1, max: 60 }) })
  .chain(({ width, height }) =>
    fc.tuple(fc.nat(width - 1), fc.nat(height - 1)).chain(([x, y]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        box: fc.record({
          x: fc.constant(x),
          y: fc.constant(y),
          width: fc.integer({ min: 1, max: width - x }),
          height: fc.integer({ min: 1, max: height - y }),
        }),
      }),
    ),
  );
const anyRatio = fc.record({
  width: fc.integer({ min: 1, max: 30 }),
  height: fc.integer({ min: 1, max: 30 }),
});
const anyMargin = fc.double({ min: 0, max: 1, noNaN: true });

describe('cropAround', () => {
  it('takes the subject and its margin, as far as the picture goes', () => {
    const subject = subjectOf(100, 80, [{ x: 5, y: 30, width: 40, height: 20 }]);
    expect(cropAround(subject, { margin: 0 })).toEqual({
      box: { x: 5, y: 30, width: 40, height: 20 },
      keepsSubject: true,
    });
    expect(cropAround(subject, { margin: 0.25 }).box).toEqual({ x: 0, y: 20, width: 55, height: 40 });
    expect(cropAround(subject, { margin: 9 }).box).toEqual({ x: 0, y: 0, width: 100, height: 80 });
  });

  it('puts the subject in the middle of a wanted ratio, unless the rim is near', () => {
    const at = (x: number) => subjectOf(200, 100, [{ x, y: 40, width: 20, height: 20 }]);
    expect(cropAround(at(90), { margin: 0, ...ratio('2:1') }).box).toEqual({
      x: 80,
      y: 40,
      width: 40,
      height: 20,
    });
    expect(cropAround(at(4), { margin: 0, ...ratio('2:1') }).box).toEqual({
      x: 0,
      y: 40,
      width: 40,
      height: 20,
    });
    expect(cropAround(at(178), { margin: 0, ...ratio('2:1') }).box).toEqual({
      x: 160,
      y: 40,
      width: 40,
      height: 20,
    });
  });

  it('gives up the margin before the subject', () => {
    const subject = subjectOf(100, 50, [{ x: 10, y: 4, width: 20, height: 42 }]);
    const { box, keepsSubject } = cropAround(subject, { margin: 0.5, ...ratio('1:1') });
    expect(keepsSubject).toBe(true);
    expect(box).toEqual({ x: 0, y: 0, width: 50, height: 50 });
  });

  it('keeps the ratio and the heaviest part where the subject does not fit', () => {
    const data = new Uint8Array(100 * 20);
    for (let y = 5; y < 15; y++)
      for (let x = 0; x < 100; x++) data[y * 100 + x] = x >= 60 && x < 80 ? 255 : 140;
    expect(cropAround(subjectOfMap(100, 20, data), ratio('1:1'))).toEqual({
      box: { x: 60, y: 0, width: 20, height: 20 },
      keepsSubject: false,
    });
  });

  it('takes the whole picture, or its middle, where nothing stands out', () => {
    const blank = subjectOf(100, 50, []);
    expect(cropAround(blank)).toEqual({ box: { x: 0, y: 0, width: 100, height: 50 }, keepsSubject: true });
    expect(cropAround(blank, ratio('1:1')).box).toEqual({ x: 25, y: 0, width: 50, height: 50 });
    expect(cropAround(blank, ratio('4:1')).box.height).toBe(25);
  });

  it('widens for a second part that matters, not for one that hardly does', () => {
    const [large, second, small] = [
      { x: 10, y: 10, width: 20, height: 20 },
      { x: 60, y: 40, width: 10, height: 10 },
      { x: 90, y: 90, width: 4, height: 4 },
    ] as const;
    expect(subjectBox(subjectOf(100, 100, [small, second, large]))).toEqual({
      x: 10,
      y: 10,
      width: 60,
      height: 40,
    });
  });

  it('stays within the picture and holds the subject', () => {
    fc.assert(
      fc.property(layout, anyMargin, fc.option(anyRatio), ({ width, height, box }, margin, wanted) => {
        const subject = subjectOf(width, height, [box]);
        const crop = cropAround(subject, { margin, ...(wanted && { ratio: wanted }) });
        expect(Object.values(crop.box).every(Number.isInteger)).toBe(true);
        expect(crop.box.width).toBeGreaterThan(0);
        expect(crop.box.height).toBeGreaterThan(0);
        expect(holds({ x: 0, y: 0, width, height }, crop.box)).toBe(true);
        if (crop.keepsSubject) expect(holds(crop.box, subjectBox(subject) ?? crop.box)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('has the wanted ratio to the nearest pixel, and is the tightest such rectangle', () => {
    fc.assert(
      fc.property(layout, anyMargin, anyRatio, ({ width, height, box }, margin, wanted) => {
        const subject = subjectOf(width, height, [box]);
        const { box: crop, keepsSubject } = cropAround(subject, { margin, ratio: wanted });
        const r = wanted.width / wanted.height;
        const isNearest =
          crop.width === Math.max(1, Math.round(crop.height * r)) ||
          crop.height === Math.max(1, Math.round(crop.width / r));
        expect(isNearest, `${crop.width}x${crop.height}`).toBe(true);
        const [needsWidth, needsHeight] = [
          Math.max(box.width, box.height * r),
          Math.max(box.height, box.width / r),
        ];
        const fits = Math.round(needsWidth) <= width && Math.round(needsHeight) <= height;
        const isFarOff = needsWidth > width + 1 && needsHeight > height + 1;
        if (subject.boxes.length > 0 && fits) expect(keepsSubject).toBe(true);
        if (subject.boxes.length > 0 && isFarOff) expect(keepsSubject).toBe(false);
        const plain = cropAround(subject, { margin }).box;
        if (keepsSubject && subject.boxes.length > 0)
          expect(
            crop.width <= plain.width || crop.height <= plain.height,
            'one side is no longer than the subject needs',
          ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('cropPixels', () => {
  it('cuts rows of any number of channels', () => {
    for (const channels of [1, 3, 4] as const) {
      const data = Uint8Array.from({ length: 5 * 4 * channels }, (_, i) => i);
      const box = { x: 1, y: 2, width: 3, height: 2 };
      const cut = cropPixels({ width: 5, height: 4, channels, data }, box);
      const expected = [...data].filter((_, i) => {
        const pixel = Math.floor(i / channels);
        return isWithin(pixel % 5, Math.floor(pixel / 5), box);
      });
      expect({ ...cut, data: [...cut.data] }).toEqual({ width: 3, height: 2, channels, data: expected });
    }
  });

  it('refuses boxes that lie outside', () => {
    const pixels = { width: 5, height: 4, channels: 1, data: new Uint8Array(20) } as const;
    for (const [x, y, width, height] of [
      [-1, 0, 2, 2],
      [4, 0, 2, 2],
      [0, 3, 1, 2],
      [0, 0, 0, 1],
      [0.5, 0, 1, 1],
      [Number.NaN, 0, 1, 1],
    ] as const)
      expect(() => cropPixels(pixels, { x, y, width, height })).toThrow(/box within 5x4/);
  });
});

describe('parseRatio', () => {
  it('reads what people write', () => {
    expect(parseRatio('16:9')).toEqual({ width: 16, height: 9 });
    expect(parseRatio('3/2')).toEqual({ width: 3, height: 2 });
    expect(parseRatio('1.91')).toEqual({ width: 1.91, height: 1 });
  });

  it('refuses all else', () => {
    for (const text of [
      '',
      ':',
      '16:',
      ':9',
      '0:1',
      '1:0',
      '-1:1',
      '1:1:1',
      '1e3:1',
      'a:b',
      '1:1000',
      'Infinity',
      '1;1',
    ])
      expect(() => parseRatio(text, '--ratio'), text).toThrow(/--ratio/);
  });
});
