/** A reading in other coordinates. */
import type { Quad } from '../../models/base/image.js';
import type { AcrossAndDown } from '../files/decode-image.js';
import type { ReadBlock } from './document.js';
import { mapQuad } from './layout/geometry.js';

/** The same blocks with every quad mapped. */
export function mapBlocks(blocks: readonly ReadBlock[], map: (quad: Quad) => Quad): ReadBlock[] {
  return blocks.map((block) => ({
    quad: map(block.quad),
    paragraphs: block.paragraphs.map((paragraph) => ({
      lines: paragraph.lines.map((line) => ({
        ...line,
        quad: map(line.quad),
        words: line.words.map(({ characters, ...word }) => ({
          ...word,
          quad: map(word.quad),
          ...(characters && { characters: characters.map((each) => ({ ...each, quad: map(each.quad) })) }),
        })),
      })),
    })),
  }));
}

/** The same blocks with every coordinate times a factor. */
export const scaleBlocks = (blocks: readonly ReadBlock[], by: AcrossAndDown): ReadBlock[] =>
  mapBlocks(blocks, (quad) => mapQuad(quad, ([x, y]) => [x * by.x, y * by.y]));
