import { expect, it } from 'vitest';
import { shrinkPicture } from '../../../apps/saliency/shrink-picture.js';

const WIDTH = 40;
const HEIGHT = 20;
/** Red, opaque on the left; green, transparent on the right. */
const picture = {
  width: WIDTH,
  height: HEIGHT,
  data: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const isLeft = Math.floor(i / 3) % WIDTH < WIDTH / 2;
    return i % 3 === (isLeft ? 0 : 1) ? 200 : 0;
  }),
  alpha: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < WIDTH / 2 ? 255 : 0)),
};

it('keeps proportions, and what is transparent does not colour what is not', async () => {
  const small = await shrinkPicture(picture, 10);
  expect([small.width, small.height]).toEqual([10, 5]);
  expect([small.data.length, small.alpha.length]).toEqual([150, 50]);
  expect([small.alpha[0], small.alpha[9]]).toEqual([255, 0]);
  for (let i = 0; i < 50; i++)
    if (small.alpha[i]! > 128) expect(small.data[3 * i + 1]).toBeLessThanOrEqual(1);
  expect(small.data[0]).toBeGreaterThan(190);
});

it('shrinks pictures without alpha too, and never to nothing', async () => {
  const { alpha: _, ...opaque } = picture;
  const strip = { width: 400, height: 2, data: new Uint8Array(3 * 800).fill(90) };
  expect('alpha' in (await shrinkPicture(opaque, 10))).toBe(false);
  expect(await shrinkPicture(strip, 16)).toMatchObject({ width: 16, height: 1 });
});

it('leaves alone what is small enough, or where no size is given', async () => {
  expect(await shrinkPicture(picture, WIDTH)).toBe(picture);
  expect(await shrinkPicture(picture, undefined)).toBe(picture);
});
