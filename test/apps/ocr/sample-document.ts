/** Documents for the tests of the formats. */

import type { ReadDocument, ReadLine, ReadPage } from '../../../apps/ocr/document.js';
import type { Quad } from '../../../models/base/image.js';

/** A quad at `x`, `y`, turned clockwise about that corner. */
export function quadAt(x: number, y: number, width: number, height: number, degrees = 0): Quad {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const corner = (dx: number, dy: number) => [x + dx * cos - dy * sin, y + dx * sin + dy * cos] as const;
  return [corner(0, 0), corner(width, 0), corner(width, height), corner(0, height)];
}

/** A line whose words stand side by side, ten pixels a character. */
export function lineAt(
  text: string,
  x: number,
  y: number,
  height = 20,
  degrees = 0,
  confidence = 0.9,
): ReadLine {
  let offset = 0;
  const words = text.split(' ').map((word) => {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const width = Math.max(10 * word.length, 5);
    const quad = quadAt(x + offset * cos, y + offset * sin, width, height, degrees);
    offset += width + 10;
    return { text: word, quad, confidence };
  });
  return { text, quad: quadAt(x, y, offset - 10, height, degrees), confidence, words };
}

export function pageOf(blocks: ReadLine[][][], size: Partial<ReadPage> = {}): ReadPage {
  return {
    number: 1,
    width: 800,
    height: 600,
    rotation: 0,
    skew: 0,
    ...size,
    blocks: blocks.map((paragraphs) => ({
      quad: paragraphs[0]![0]!.quad,
      paragraphs: paragraphs.map((lines) => ({ lines })),
    })),
  };
}

export function documentOf(pages: ReadPage[], file = 'scan.png'): ReadDocument {
  return { file, pages };
}

/** Two blocks, one of two paragraphs. */
export function smallDocument(): ReadDocument {
  return documentOf([
    pageOf([
      [[lineAt('A Heading', 50, 30, 40)]],
      [
        [lineAt('First line of', 50, 100), lineAt('the text.', 50, 130)],
        [lineAt('Second paragraph', 50, 200)],
      ],
    ]),
  ]);
}

export const TEXT_CONTEXT = { version: '1.2.3', mode: 'page' } as const;
