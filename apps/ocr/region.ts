/** The part of an image that is to be read. */
import { expected, type PocketlensError } from '../../models/base/errors.js';
import type { Box, GrayImage } from '../../models/base/image.js';
import type { DecodedPage } from '../files/decode-image.js';

/** A region in pixels of the file, in pixels of the decoded image. @throws invalid_argument when outside */
export function onDecoded(
  region: Box,
  { width, height, scale }: Pick<DecodedPage, 'width' | 'height' | 'scale'>,
): Box {
  // Before scaling, so that the message has the numbers that were given.
  if (region.x >= width || region.y >= height) throw outside(region, { width, height });
  return {
    x: region.x * scale.x,
    y: region.y * scale.y,
    width: region.width * scale.x,
    height: region.height * scale.y,
  };
}

/** The region in whole pixels of the image; all of it when none is given. @throws invalid_argument when outside */
export function clipRegion(image: GrayImage, region: Box | undefined): Box {
  if (!region) return { x: 0, y: 0, width: image.width, height: image.height };
  const x = Math.max(0, Math.floor(region.x));
  const y = Math.max(0, Math.floor(region.y));
  const right = Math.min(image.width, Math.ceil(region.x + region.width));
  const bottom = Math.min(image.height, Math.ceil(region.y + region.height));
  if (!(region.width > 0 && region.height > 0 && right > x && bottom > y)) throw outside(region, image);
  return { x, y, width: right - x, height: bottom - y };
}

function outside(region: Box, size: { readonly width: number; readonly height: number }): PocketlensError {
  const { x, y, width, height } = region;
  return expected(
    'invalid_argument',
    `a part of the image of ${size.width} × ${size.height} pixels`,
    'the region',
    `${x},${y},${width},${height}`,
    { remedy: 'Give x, y, width and height in pixels of the upright image.' },
  );
}

/** The image itself when the box is all of it. */
export function cropBox(image: GrayImage, box: Box): GrayImage {
  if (box.width === image.width && box.height === image.height) return image;
  const data = new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = (box.y + y) * image.width + box.x;
    data.set(image.data.subarray(from, from + box.width), y * box.width);
  }
  return { width: box.width, height: box.height, data };
}
