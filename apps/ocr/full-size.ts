/** Pages that were shrunk for reading: their results in pixels of the file. */
import type { DecodedPage } from '../files/decode-image.js';
import type { ReadPage } from './document.js';
import { mapQuad } from './layout/geometry.js';
import { mapBlocks } from './map-blocks.js';
import type { ReadPageResult } from './read-page.js';

/** What was read on the decoded image, as a page of the file. */
export function atFullSize(
  read: ReadPageResult,
  { page: number, scale, width, height }: Pick<DecodedPage, 'page' | 'scale' | 'width' | 'height'>,
): ReadPage {
  const blocks =
    scale === 1
      ? read.blocks
      : mapBlocks(read.blocks, (quad) => mapQuad(quad, ([x, y]) => [x / scale, y / scale]));
  return { ...read, number, blocks, width, height };
}
