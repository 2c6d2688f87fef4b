/** Pages that were shrunk or stretched for reading: their results in pixels of the file. */
import type { DecodedPage } from '../files/decode-image.js';
import type { ReadPage } from './document.js';
import { scaleBlocks } from './map-blocks.js';
import type { ReadPageResult } from './read-page.js';

/** What was read on the decoded image, as a page of the file. */
export function atFullSize(
  read: ReadPageResult,
  { page: number, scale, width, height }: Pick<DecodedPage, 'page' | 'scale' | 'width' | 'height'>,
): ReadPage {
  const blocks =
    scale.x === 1 && scale.y === 1
      ? read.blocks
      : scaleBlocks(read.blocks, { x: 1 / scale.x, y: 1 / scale.y });
  return { ...read, number, blocks, width, height };
}
