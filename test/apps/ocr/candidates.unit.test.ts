import { describe, expect, it } from 'vitest';
import { toCandidate, wholeCandidate } from '../../../apps/ocr/candidates.js';
import type { GrayImage, Quad } from '../../../models/base/image.js';

/** Dark bars on light paper, with so much room around them. */
function bars(room: { x: number; y: number }, ground: (i: number) => number = () => 230): GrayImage {
  const [width, height] = [60 + 2 * room.x, 20 + 2 * room.y];
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) - room.x, Math.floor(i / width) - room.y];
    const isInk = x >= 0 && x < 60 && y >= 0 && y < 20 && x % 8 < 3;
    return isInk ? 20 : ground(i);
  });
  return { width, height, data };
}

const quadOf = ({ width, height }: GrayImage): Quad => [
  [0, 0],
  [width, 0],
  [width, height],
  [0, height],
];

describe('wholeCandidate', () => {
  it('gives paper to what was trimmed to its ink, and tells where the line lies', () => {
    const image = bars({ x: 0, y: 0 });
    const { crop, quad, cut, start, end } = wholeCandidate(image, quadOf(image));
    expect([crop.width, crop.height, start, end]).toEqual([70, 20, 5, 65]);
    for (let y = 0; y < 20; y++) {
      expect([...crop.data.subarray(70 * y, 70 * y + 5)]).toEqual([230, 230, 230, 230, 230]);
      expect([...crop.data.subarray(70 * y + 5, 70 * y + 65)]).toEqual([
        ...image.data.subarray(60 * y, 60 * y + 60),
      ]);
    }
    expect(quad).toEqual(quadOf(image));
    expect([cut[0][0], cut[1][0]]).toEqual([-5, 65]);
  });

  it.each([
    ['with room around it', bars({ x: 2, y: 2 })],
    ['with room above and below it, as at the rules of a table', bars({ x: 0, y: 3 })],
    ['on uneven ground', bars({ x: 0, y: 0 }, (i) => 100 + ((i * 37) % 150))],
  ])('leaves a crop %s', (_, image) => {
    expect(wholeCandidate(image, quadOf(image))).toEqual(toCandidate(image, quadOf(image), 0, 0));
  });
});
