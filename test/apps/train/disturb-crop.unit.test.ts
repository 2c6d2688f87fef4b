import { describe, expect, it } from 'vitest';
import { disturbCrop } from '../../../apps/train/disturb-crop.js';
import type { LineSample } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';

function bar(width: number, height: number): LineSample {
  const data = new Uint8Array(width * height).fill(230);
  for (let y = 0; y < height; y++)
    for (let x = Math.floor(width / 3); x < width / 2; x++) data[y * width + x] = 20;
  return { image: { width, height, data }, text: 'I' };
}

describe('disturbCrop', () => {
  it('gives the same crop for the same seed and other crops for others', () => {
    const crops = [1, 1, 2, 3, 4].map((seed) => disturbCrop(bar(60, 24), new Random(seed, 'test')));
    expect(crops[1]).toEqual(crops[0]);
    expect(new Set(crops.map(({ image }) => image.data.join())).size).toBeGreaterThan(2);
  });
  it('leaves the crop itself as it is, however often it is seen', () => {
    for (const sample of [bar(60, 24), bar(400, 20)]) {
      const before = sample.image.data.slice();
      const shown = new Set<string>();
      for (let seed = 0; seed < 200; seed++)
        shown.add(disturbCrop(sample, new Random(seed, 'kept')).image.data.join());
      expect(sample.image.data).toEqual(before);
      expect(shown.size).toBeGreaterThan(100);
    }
  });

  it('keeps the text, about the proportions, and what the crop shows', () => {
    for (const [width, height] of [
      [60, 24],
      [400, 20],
      [9, 12],
    ] as const) {
      for (let seed = 0; seed < 40; seed++) {
        const { image, text } = disturbCrop(bar(width, height), new Random(seed, 'size', width));
        expect(text).toBe('I');
        expect(image.data.length).toBe(image.width * image.height);
        const ratio = image.width / image.height / (width / height);
        expect(ratio).toBeGreaterThan(0.4);
        expect(ratio).toBeLessThan(2);
        expect(Math.max(...image.data) - Math.min(...image.data)).toBeGreaterThan(40);
      }
    }
  });
});
