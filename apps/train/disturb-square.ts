/** What a square of a page that is not rendered goes through: few pages are labelled, and each of them is seen often. */
import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import type { RasterAugmentation } from '../../synth/augment/augmentation.js';
import { gaussianNoise } from '../../synth/augment/gaussian-noise.js';
import { jpeg } from '../../synth/augment/jpeg.js';
import { tone } from '../../synth/augment/tone.js';

const NEGATIVE_CHANCE = 0.1;
/** How often each takes part, and the strength that it has at most. All of them leave lines where they are. */
const DOSES: readonly (readonly [RasterAugmentation, chance: number, strength: number])[] = [
  [gaussianNoise, 0.25, 0.5],
  [tone, 0.4, 0.8],
  [jpeg, 0.3, 0.8],
];

/** @param image is changed in place where it can be; use what is returned (same size) */
export function disturbSquare(image: GrayImage, random: Random): GrayImage {
  let result = image;
  if (random.chance(NEGATIVE_CHANCE)) result = { ...result, data: result.data.map((v) => 255 - v) };
  for (const [augmentation, chance, strength] of DOSES)
    if (random.chance(chance)) result = augmentation.apply(result, random, strength * random.next());
  return result;
}
