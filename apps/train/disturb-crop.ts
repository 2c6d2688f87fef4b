/** What a labelled crop of a data set goes through each time that training sees it. */
import type { GrayImage, LineSample, Point, Quad } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { type DegradeProfile, degrade } from '../../synth/augment/raster.js';

const REAL_DISTURBANCES: readonly DegradeProfile[] = ['clean', 'scan', 'photo', 'web'];

/**
 * A real crop is seen often: cut, tilted and lit a little differently each time, and lightly degraded. Single words take
 * more of it, as they are what is photographed askew and what there is least of.
 */
export function disturbCrop({ image, text }: LineSample, random: Random): LineSample {
  const word = image.width < 6 * image.height;
  let disturbed = random.chance(0.7)
    ? cropQuad(image, jitteredQuad(image, random, word ? 0.12 : 0.05))
    : image;
  if (word && random.chance(0.3)) disturbed = relight(disturbed, random);
  if (random.chance(0.6))
    disturbed = degrade(disturbed, random, random.pick(REAL_DISTURBANCES), word ? 0.6 : 0.4);
  return { image: disturbed, text };
}

/** The crop's corners, each moved by up to `most` of its height; inwards along the line by 2 % of its width at most. */
function jitteredQuad({ width, height }: GrayImage, random: Random, most: number): Quad {
  const reach = most * height;
  const inward = Math.min(reach, 0.02 * width, 2.5);
  const point = (x: number, y: number, side: 1 | -1): Point => [
    x + side * random.range(-reach, inward),
    y + random.range(-reach, reach) * 0.5,
  ];
  return [point(0, 0, 1), point(width, 0, -1), point(width, height, -1), point(0, height, 1)];
}

/** A photographic negative, other gamma, or both: lettering comes in any tone on any tone. */
function relight(image: GrayImage, random: Random): GrayImage {
  const negative = random.chance(0.5);
  const gamma = Math.exp(random.range(-0.5, 0.5));
  const table = Uint8Array.from(
    { length: 256 },
    (_, v) => 255 * ((negative ? 255 - v : v) / 255) ** gamma + 0.5,
  );
  return { ...image, data: image.data.map((v) => table[v]!) };
}
