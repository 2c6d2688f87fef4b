/** Draws what was read over the picture it was read from: blocks, lines in reading order, words with their text. */

import { expected } from '../../models/base/errors.js';
import type { ColourImage } from '../../models/base/image.js';
import { boundingBox, type Quad } from '../../models/base/image.js';
import { type AcrossAndDown, loadSharp } from '../files/decode-image.js';
import type { ReadBlock, ReadPage } from './document.js';
import { angleOf, heightOf, widthOf, wordsOf } from './formats/shapes.js';
import { attributes, escapeXml } from './formats/xml.js';
import { scaleBlocks } from './map-blocks.js';

/** Kinds of picture file that are written, by their endings. */
export const OVERLAY_SUFFIXES = ['.png', '.jpg', '.jpeg', '.webp'] as const;
/** Longest side, where a kind has one. */
const MOST_SIDE: Readonly<Record<string, number>> = { '.jpg': 65_500, '.jpeg': 65_500, '.webp': 16_383 };

/**
 * @param scale pixels of `image` per pixel of the page's coordinates, across and down.
 * @param suffix the kind of file, one of `OVERLAY_SUFFIXES`, in any case of letters.
 * @returns the file's bytes.
 * @throws limit_exceeded where such a file cannot be so large
 */
export async function drawOverlay(
  image: ColourImage,
  page: ReadPage,
  scale: AcrossAndDown,
  suffix = '.png',
): Promise<Buffer> {
  const sharp = await loadSharp();
  const { width, height, data } = image;
  const kind = suffix.toLowerCase();
  const most = MOST_SIDE[kind] ?? Number.POSITIVE_INFINITY;
  if (Math.max(width, height) > most) {
    throw expected(
      'limit_exceeded',
      `sides of at most ${most} pixels`,
      `an overlay in ${kind}`,
      `${width} × ${height}`,
      {
        remedy: 'Name it .png.',
      },
    );
  }
  const drawing = Buffer.from(overlaySvg(scaleBlocks(page.blocks, scale), width, height));
  const picture = sharp(data, { raw: { width, height, channels: 3 } }).composite([
    { input: drawing, top: 0, left: 0 },
  ]);
  if (kind === '.png') return picture.png().toBuffer();
  return kind === '.webp'
    ? picture.webp({ quality: 90 }).toBuffer()
    : picture.jpeg({ quality: 90 }).toBuffer();
}

/** Green where the reading is sure, over yellow to red where it is not. */
const colourOf = (confidence: number) =>
  `hsl(${Math.round(120 * Math.min(Math.max(confidence, 0), 1))},90%,38%)`;

/** The drawing alone, transparent. */
function overlaySvg(blocks: readonly ReadBlock[], width: number, height: number): string {
  const parts: string[] = [];
  let order = 0;
  for (const block of blocks) {
    parts.push(polygon(block.quad, '#7a7a7a', '6 4'));
    for (const line of block.paragraphs.flatMap((paragraph) => paragraph.lines)) {
      order++;
      parts.push(polygon(line.quad, '#1e6fd9'));
      for (const word of wordsOf(line)) {
        parts.push(polygon(word.quad, colourOf(word.confidence)));
        parts.push(label(word.quad, word.text, colourOf(word.confidence)));
      }
      parts.push(number(line.quad, order));
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg"${attributes({ width, height })}>${parts.join('')}</svg>`;
}

const point = ([x, y]: readonly [number, number]) => `${x.toFixed(1)},${y.toFixed(1)}`;

function polygon(quad: Quad, stroke: string, dashes?: string): string {
  const values = { points: quad.map(point).join(' '), fill: 'none', stroke, 'stroke-width': 1 };
  return `<polygon${attributes({ ...values, 'stroke-dasharray': dashes })}/>`;
}

/** The word's text along its upper edge, on a light ground. */
function label(quad: Quad, text: string, fill: string): string {
  const size = Math.max(heightOf(quad) * 0.45, 6);
  const [x, y] = quad[0];
  const transform = `translate(${point([x, y])}) rotate(${angleOf(quad).toFixed(2)})`;
  const ground = attributes({
    y: -size,
    width: widthOf(quad).toFixed(1),
    height: size,
    fill: '#ffffff',
    'fill-opacity': 0.75,
  });
  const style = attributes({
    y: -0.18 * size,
    'font-size': size.toFixed(1),
    'font-family': 'sans-serif',
    fill,
  });
  return `<g${attributes({ transform })}><rect${ground}/><text${style}>${escapeXml(text)}</text></g>`;
}

/** The line's place in the reading order, at its left. */
function number(quad: Quad, order: number): string {
  const { x, y, height } = boundingBox(quad);
  const size = Math.min(Math.max(height * 0.4, 7), 16);
  const style = {
    x: Math.max(0, x - size).toFixed(1),
    y: (y + height).toFixed(1),
    'font-size': size.toFixed(1),
  };
  return `<text${attributes({ ...style, 'font-family': 'sans-serif', fill: '#1e6fd9', 'text-anchor': 'end' })}>${order}</text>`;
}
