/** What a labelled crop of a data set goes through each time that training sees it. */
import type { GrayImage, LineSample, Point, Quad } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { resizeGray } from '../../models/runtime/resample.js';
import { type DegradeProfile, degrade } from '../../synth/augment/raster.js';

const LINE_DISTURBANCES: readonly DegradeProfile[] = ['clean', 'scan', 'photo', 'web'];
const WORD_DISTURBANCES: readonly DegradeProfile[] = ['clean', 'photo', 'web', 'scene'];
/** Tilt of a word by which its crop is turned, radians: standard deviation and most. */
const TILT = { deviation: 0.1, most: 0.28 };

/**
 * A real crop is seen often: cut, tilted and lit a little differently each time, and lightly degraded. Single words take
 * more of it, as they are what is photographed askew and what there is least of. The crop itself stays as it is.
 */
export function disturbCrop({ image, text }: LineSample, random: Random): LineSample {
  const word = image.width < 6 * image.height;
  let disturbed = image;
  if (word && random.chance(0.3)) disturbed = cropQuad(image, tiltedQuad(image, random));
  else if (random.chance(0.9)) disturbed = cropQuad(image, jitteredQuad(image, random, word ? 0.12 : 0.05));
  if (word && random.chance(0.4)) disturbed = squeezed(disturbed, random);
  if (word && random.chance(0.3)) disturbed = relight(disturbed, random);
  if (random.chance(0.6)) {
    // A chain works in place, and the data set's own pixels are seen again.
    if (disturbed === image) disturbed = { ...image, data: image.data.slice() };
    disturbed = word
      ? degrade(disturbed, random, random.pick(WORD_DISTURBANCES), 0.6)
      : degrade(disturbed, random, random.pick(LINE_DISTURBANCES), 0.4);
  }
  return { image: disturbed, text };
}

/** The upright box of the crop after turning it: data sets cut tilted words so. What lies outside repeats the rim. */
function tiltedQuad({ width, height }: GrayImage, random: Random): Quad {
  const angle = Math.max(-TILT.most, Math.min(TILT.most, random.normal(0, TILT.deviation)));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // A small turn of a long word would leave most of its height to the ground around it.
  const reach = Math.min(width, 3 * height);
  const [w, h] = [width * cos + height * Math.abs(sin), height * cos + reach * Math.abs(sin)];
  const corner = (x: number, y: number): Point => [
    width / 2 + x * w * cos - y * h * sin,
    height / 2 + x * w * sin + y * h * cos,
  ];
  return [corner(-0.5, -0.5), corner(0.5, -0.5), corner(0.5, 0.5), corner(-0.5, 0.5)];
}

/** Narrower or wider letters. */
function squeezed(image: GrayImage, random: Random): GrayImage {
  const factor = Math.exp(Math.max(-0.35, Math.min(0.35, random.normal(0, 0.17))));
  return resizeGray(image, Math.max(1, Math.round(image.width * factor)), image.height);
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
