import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeMap, toByte } from '../../../apps/saliency/resize-map.js';
import { floatMap } from './scenes.js';

const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe('resizeMap', () => {
  it('keeps a map of the same size', () => {
    expect([...resizeMap(floatMap(3, 2, [0, 0.2, 0.4, 0.6, 0.8, 1]), 3, 2)]).toEqual([
      0, 51, 102, 153, 204, 255,
    ]);
  });

  it('is linear between the centres of pixels and flat outside of them', () => {
    expect([...resizeMap(floatMap(2, 1, [0, 1]), 8, 1)]).toEqual([0, 0, 32, 96, 159, 223, 255, 255]);
    expect([...resizeMap(floatMap(1, 2, [0, 1]), 1, 8)]).toEqual([0, 0, 32, 96, 159, 223, 255, 255]);
  });

  it('averages where it shrinks, so that no pixel is passed over', () => {
    const point = new Float32Array(64 * 64);
    point[33 * 64 + 31] = 1;
    const small = resizeMap({ width: 64, height: 64, data: point.map((p) => 40 * p) }, 8, 8);
    expect(Math.max(...small)).toBeGreaterThan(60);
  });

  it('never leaves the range of the values, and treats both directions alike', () => {
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        side.chain((w) => side.chain((h) => fc.tuple(fc.constant(w), fc.constant(h)))),
        side,
        side,
        fc.array(probability, { minLength: 144, maxLength: 144 }),
        ([width, height], toWidth, toHeight, values) => {
          const map = floatMap(width, height, values.slice(0, width * height));
          const turned = floatMap(height, width, map.data);
          for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++) turned.data[x * height + y] = map.data[y * width + x]!;
          const result = resizeMap(map, toWidth, toHeight);
          const [least, most] = [Math.min(...map.data), Math.max(...map.data)];
          for (const value of result) {
            expect(value).toBeGreaterThanOrEqual(Math.floor(255 * least - 0.51));
            expect(value).toBeLessThanOrEqual(Math.ceil(255 * most + 0.51));
          }
          const other = resizeMap(turned, toHeight, toWidth);
          for (let y = 0; y < toHeight; y++)
            for (let x = 0; x < toWidth; x++)
              expect(Math.abs(result[y * toWidth + x]! - other[x * toHeight + y]!)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('turns what is no probability into one', () => {
    expect([Number.NaN, -1, 2, 0.5].map(toByte)).toEqual([0, 0, 255, 128]);
  });
});
