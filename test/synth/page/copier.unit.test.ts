import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { copierNoise } from '../../../synth/page/capture/copier-noise.js';
import { smear } from '../../../synth/page/capture/soften.js';

const white = (width: number, height: number) => ({
  width,
  height,
  data: new Uint8Array(width * height).fill(255),
});

describe('copierNoise', () => {
  it('leaves dots, but no page full of them, thicker at edges than in the middle', () => {
    let [edge, middle] = [0, 0];
    for (let i = 0; i < 40; i++) {
      const image = white(300, 400);
      copierNoise(image, new Random(1, 'copier', i), 1);
      let dark = 0;
      for (let y = 0; y < 400; y++)
        for (let x = 0; x < 300; x++) {
          if (image.data[y * 300 + x]! > 100) continue;
          dark++;
          if (x < 30 || x >= 270 || y < 40 || y >= 360) edge++;
          else middle++;
        }
      expect(dark).toBeLessThan(0.2 * 300 * 400);
    }
    // The frame is 36 % of the page.
    expect(edge).toBeGreaterThan(2 * middle);
    expect(edge + middle).toBeGreaterThan(1000);
  });
});

describe('smear', () => {
  it('spreads a dot along one axis and keeps its weight', () => {
    for (const vertical of [false, true]) {
      const image = white(21, 21);
      image.data.fill(0);
      image.data[10 * 21 + 10] = 250;
      smear(image, 5, vertical);
      const lit = [...image.data].flatMap((value, i) => (value > 0 ? [i] : []));
      expect(lit).toEqual([-2, -1, 0, 1, 2].map((k) => 10 * 21 + 10 + k * (vertical ? 21 : 1)));
      expect(lit.every((i) => image.data[i] === 50)).toBe(true);
    }
  });
});
