/** Boxes, angles and heights of read things, for formats that know no quads. */
import { type Box, boundingBox, type Quad } from '../../../models/base/image.js';
import type { ReadLine, ReadPage } from '../document.js';

/** Whole pixels inside the page, as `[left, top, right, bottom]`; never empty. */
export type Edges = readonly [left: number, top: number, right: number, bottom: number];

/** The whole-pixel box around quads, cut to the page. */
export function edgesOf(quads: readonly Quad[], page: ReadPage): Edges {
  const boxes = quads.map(boundingBox);
  const clamp = (value: number, max: number) => Math.min(Math.max(value, 0), max);
  const left = clamp(Math.floor(least(boxes, (b) => b.x)), page.width - 1);
  const top = clamp(Math.floor(least(boxes, (b) => b.y)), page.height - 1);
  const right = clamp(Math.ceil(-least(boxes, (b) => -(b.x + b.width))), page.width);
  const bottom = clamp(Math.ceil(-least(boxes, (b) => -(b.y + b.height))), page.height);
  return [left, top, Math.max(right, left + 1), Math.max(bottom, top + 1)];
}

const least = (boxes: readonly Box[], of: (box: Box) => number) =>
  boxes.reduce((min, box) => Math.min(min, of(box)), Number.POSITIVE_INFINITY);

/** Direction of a quad's lower edge in degrees, clockwise positive, in (-180, 180]; 0 for upright text. */
export function angleOf([, , bottomRight, bottomLeft]: Quad): number {
  return (Math.atan2(bottomRight[1] - bottomLeft[1], bottomRight[0] - bottomLeft[0]) * 180) / Math.PI;
}

/** Length of the left edge: the height of the text, whatever its direction. */
export function heightOf([topLeft, , , bottomLeft]: Quad): number {
  return Math.hypot(bottomLeft[0] - topLeft[0], bottomLeft[1] - topLeft[1]);
}

/** Length of the lower edge. */
export function widthOf([, , bottomRight, bottomLeft]: Quad): number {
  return Math.hypot(bottomRight[0] - bottomLeft[0], bottomRight[1] - bottomLeft[1]);
}

/** The words of a line, or the whole line as one word where it has none. */
export function wordsOf(line: ReadLine) {
  return line.words.length > 0 || line.text === '' ? line.words : [line];
}
