import { describe, expect, it } from 'vitest';
import { halve, labPlanes } from '../../../../models/saliency/superpixels/lab.js';
import { noise, picture } from './pictures.js';

/** CIELAB by the formula (D65), in double precision. */
function exact(rgb: readonly number[]): number[] {
  const [r, g, b] = rgb.map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  ) as [number, number, number];
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe('CIELAB planes', () => {
  it('agree with published values of the primaries', () => {
    const { l, a, b } = labPlanes(
      picture(
        5,
        1,
        (x) =>
          (
            [
              [255, 255, 255],
              [0, 0, 0],
              [255, 0, 0],
              [0, 255, 0],
              [0, 0, 255],
            ] as const
          )[x]!,
      ),
    );
    const published = [
      [100, 0, 0],
      [0, 0, 0],
      [53.24, 80.09, 67.2],
      [87.73, -86.18, 83.18],
      [32.3, 79.19, -107.86],
    ];
    published.forEach((lab, i) => {
      [l, a, b].forEach((plane, c) => {
        expect(Math.abs(plane[i]! - lab[c]!)).toBeLessThan(0.1);
      });
    });
  });

  it('keep to the formula, dark colours too', () => {
    const image = noise(200, 100);
    for (let i = 0; i < 20_000; i++) image.data[i] = image.data[i]! >> 4;
    const { l, a, b } = labPlanes(image);
    let worst = [0, 0, 0];
    for (let i = 0; i < l.length; i++) {
      const want = exact([...image.data.subarray(3 * i, 3 * i + 3)]);
      worst = worst.map((w, c) => Math.max(w, Math.abs([l, a, b][c]![i]! - want[c]!)));
    }
    expect(worst[0]).toBeLessThan(0.06);
    expect(worst[1]).toBeLessThan(0.5);
    expect(worst[2]).toBeLessThan(0.25);
  });

  it('are halved by means, odd sizes too', () => {
    const half = halve({
      width: 3,
      height: 3,
      l: Float32Array.of(1, 3, 10, 5, 7, 20, 2, 4, 8),
      a: new Float32Array(9).fill(-2),
      b: new Float32Array(9).fill(6),
    });
    expect([half.width, half.height]).toEqual([2, 2]);
    expect([...half.l]).toEqual([4, 15, 3, 8]);
    expect([...half.a]).toEqual([-2, -2, -2, -2]);
    expect([...half.b]).toEqual([6, 6, 6, 6]);
  });
});
