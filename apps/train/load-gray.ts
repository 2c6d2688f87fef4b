/** First page of an image file as grey values, as the page reader would see it. */
import type { GrayImage } from '../../models/base/image.js';
import { decodePages } from '../files/decode-image.js';

export async function loadGray(path: string): Promise<GrayImage> {
  for await (const { image } of decodePages({ path })) return image;
  throw new RangeError(`no page in ${path}`); // decodePages yields one at least
}
