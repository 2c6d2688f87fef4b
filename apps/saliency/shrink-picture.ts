/** Makes a picture smaller before anything is sought in it. */
import { loadSharp } from '../files/decode-image.js';
import type { Picture } from './subject.js';

/**
 * The picture with sides of at most `most` pixels, its proportions kept; as it is where it is no larger, or where `most` is
 * undefined.
 */
export async function shrinkPicture<P extends Picture>(picture: P, most: number | undefined): Promise<P> {
  const longest = Math.max(picture.width, picture.height);
  if (most === undefined || longest <= most) return picture;
  const size = (side: number) => Math.max(1, Math.round((side * most) / longest));
  const [width, height] = [size(picture.width), size(picture.height)];
  const sharp = await loadSharp(1);
  const { alpha } = picture;
  const raw = { width: picture.width, height: picture.height, channels: alpha ? (4 as const) : (3 as const) };
  // Together, so that colours of transparent pixels do not leak into their neighbours.
  const small = await sharp(alpha ? interleave(picture.data, alpha) : picture.data, {
    raw,
    limitInputPixels: false,
  })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer();
  if (!alpha) return { ...picture, width, height, data: new Uint8Array(small) };
  const count = width * height;
  const data = new Uint8Array(3 * count);
  const smallAlpha = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    data.set(small.subarray(4 * i, 4 * i + 3), 3 * i);
    smallAlpha[i] = small[4 * i + 3]!;
  }
  return { ...picture, width, height, data, alpha: smallAlpha };
}

function interleave(data: Uint8Array, alpha: Uint8Array): Uint8Array {
  const all = new Uint8Array(4 * alpha.length);
  for (let i = 0; i < alpha.length; i++) {
    all.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    all[4 * i + 3] = alpha[i]!;
  }
  return all;
}
