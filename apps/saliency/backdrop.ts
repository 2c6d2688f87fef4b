/** Lays transparent pictures on a plain colour, for eyes (and networks) that know no transparency. */
import type { ColourImage } from '../../models/base/image.js';
import type { Picture } from './subject.js';

/** Mean luminance of what is visible above which white would hide it. */
export const LIGHT = 0.75;
/** Grey value of the dark ground. */
export const DARK = 48;

/** The picture on white, or, where what is visible is itself light, on dark grey. Opaque pictures come back as they are. */
export function onBackdrop(picture: Picture): ColourImage {
  const { width, height, alpha } = picture;
  if (!alpha) return picture;
  return { width, height, data: over(picture, meanLuminance(picture) > LIGHT ? DARK : 255) };
}

function meanLuminance({ data, alpha }: Picture): number {
  let sum = 0;
  let weight = 0;
  for (let index = 0; index < alpha!.length; index++) {
    const at = 3 * index;
    const luminance = 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!;
    sum += luminance * alpha![index]!;
    weight += alpha![index]!;
  }
  return weight === 0 ? 0 : sum / weight / 255;
}

function over({ data, alpha }: Picture, grey: number): Uint8Array {
  const result = new Uint8Array(data.length);
  for (let index = 0; index < alpha!.length; index++) {
    const a = alpha![index]!;
    for (let at = 3 * index; at < 3 * index + 3; at++)
      result[at] = Math.round((data[at]! * a + grey * (255 - a)) / 255);
  }
  return result;
}
