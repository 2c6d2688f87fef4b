import { describe, expect, it } from 'vitest';
import { pasteWords } from '../../../apps/train/paste-words.js';
import type { GrayImage } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { intersectionArea, quadArea } from '../../../models/detector/quad-overlap.js';

const plain = (width: number, height: number, grey: number): GrayImage => ({
  width,
  height,
  data: new Uint8Array(width * height).fill(grey),
});
const striped = (width: number, height: number): GrayImage => {
  const image = plain(width, height, 250);
  image.data.forEach((_, i) => {
    if ((i % width) % 12 < 6) image.data[i] = 20;
  });
  return image;
};
const words = [
  { image: striped(90, 30), text: 'one' },
  { image: striped(60, 24), text: 'two' },
];

describe('pasteWords', () => {
  const pages = Array.from({ length: 60 }, (_, i) =>
    pasteWords({ words, photos: [plain(120, 90, 60)] }, new Random(3, 'paste', i)),
  );

  it('labels each word where it lies', () => {
    let looked = 0;
    for (const { image, lines } of pages) {
      for (const { quad, text, ignore } of lines) {
        expect(text).toMatch(/^(one|two)( (one|two))*$/);
        const [a, b, c, d] = quad;
        const height = Math.hypot(d[0] - a[0], d[1] - a[1]);
        if (ignore || height < 20) continue;
        // Along the word's middle its stripes show; the ground has none.
        const values = Array.from({ length: 100 }, (_, i) => {
          const share = (i + 0.5) / 100;
          const x = ((a[0] + d[0]) * (1 - share) + (b[0] + c[0]) * share) / 2;
          const y = ((a[1] + d[1]) * (1 - share) + (b[1] + c[1]) * share) / 2;
          const inside = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
          return image.data[inside(y, image.height) * image.width + inside(x, image.width)]!;
        });
        expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(20);
        looked++;
      }
    }
    expect(looked).toBeGreaterThan(30);
  });

  it('keeps words apart, and marks those that leave the picture', () => {
    for (const { image, lines } of pages) {
      for (const [i, line] of lines.entries()) {
        const out = line.quad.some(
          ([x, y]) => x < -20 || y < -20 || x > image.width + 20 || y > image.height + 20,
        );
        if (out) expect(line.ignore).toBe(true);
        for (const other of lines.slice(i + 1))
          expect(intersectionArea(line.quad, other.quad)).toBeLessThan(0.05 * quadArea(line.quad) + 1);
      }
    }
  });

  it('leaves some pictures without a word, and repeats with its seed', () => {
    expect(pages.some(({ lines }) => lines.length === 0)).toBe(true);
    const again = pasteWords({ words, photos: [plain(120, 90, 60)] }, new Random(3, 'paste', 7));
    expect(again.lines).toEqual(pages[7]!.lines);
    expect(Buffer.compare(again.image.data, pages[7]!.image.data)).toBe(0);
  });
});
