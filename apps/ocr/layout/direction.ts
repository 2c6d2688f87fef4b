/** Which way text runs: of single quads, and of a whole page by the vote of its lines. */
import type { Point, Quad } from '../../../models/base/image.js';
import { median, quadAngle, quadHeight, quadWidth, turnQuad, weightedMedian } from './geometry.js';

/** Clockwise quarter turns. */
export type Turns = 0 | 1 | 2 | 3;

/** Shape beyond which a box is long enough to show which way its text runs. */
const LONG = 1.5;
/** Text steeper than this may run up or down. */
const STEEP = Math.PI / 3;
/** A standing box not higher than this, in typical line heights, is a narrow character such as 1 or I. */
const CHARACTER_HEIGHT = 1.6;
/** A standing box beyond this shape is no stack of upright letters. */
const VERY_LONG = 4;

/** The turn of a quad whose text direction is nearest to `angle` (radians). */
export function orient(quad: Quad, angle: number): Quad {
  const turned = ([0, 1, 2, 3] as const).map((turns) => turnQuad(quad, turns));
  const off = (q: Quad) => 1 - Math.cos(quadAngle(q) - angle);
  return turned.reduce((best, q) => (off(q) < off(best) - 1e-9 ? q : best));
}

/** The ways in which a quad may have to be read, the likeliest first. */
export function readingDirections(quad: Quad, typicalHeight: number): [Quad, ...Quad[]] {
  const [width, height] = [quadWidth(quad), quadHeight(quad)];
  const shape = Math.max(width, height) / Math.max(1e-6, Math.min(width, height));
  const upright = orient(quad, 0);
  if (shape < LONG) return [upright];
  const text = width >= height ? quad : turnQuad(quad, 1);
  const forward = Math.cos(quadAngle(text)) < -1e-9 ? turnQuad(text, 2) : text;
  if (Math.abs(quadAngle(forward)) < STEEP) return [forward];
  if (Math.max(width, height) <= CHARACTER_HEIGHT * typicalHeight) return [upright];
  const backward = turnQuad(forward, 2);
  return shape < VERY_LONG ? [upright, forward, backward] : [forward, backward];
}

/** Whether most text runs up or down rather than across. */
export function liesOnItsSide(quads: readonly Quad[]): boolean {
  let across = 0;
  let upOrDown = 0;
  for (const quad of quads) {
    const [width, height] = [quadWidth(quad), quadHeight(quad)];
    const shape = Math.max(width, height) / Math.max(1e-6, Math.min(width, height));
    if (shape < LONG) continue;
    const angle = quadAngle(quad) + (width >= height ? 0 : Math.PI / 2);
    if (Math.abs(Math.sin(angle)) > Math.SQRT1_2) upOrDown += Math.max(width, height);
    else across += Math.max(width, height);
  }
  return upOrDown > 1.5 * across;
}

/** A page of so many boxes of about the shape of letters may lie on its side: its lines were found letter by letter. */
export const LEAST_LETTERS = 8;
export const LETTER_SHAPE = 2;
/** How much longer the boxes must be once the page is turned. */
export const LONGER = 1.8;

/** Median length of boxes in their own heights. */
function typicalShape(quads: readonly Quad[]): number {
  return median(
    quads.map((quad) => {
      const [width, height] = [quadWidth(quad), quadHeight(quad)];
      return Math.max(width, height) / Math.max(1e-6, Math.min(width, height));
    }),
  );
}

/** Whether single letters were found rather than lines. */
export function areLetters(quads: readonly Quad[]): boolean {
  return quads.length >= LEAST_LETTERS && typicalShape(quads) < LETTER_SHAPE;
}

/** Whether what was found on the page turned by a quarter are the lines of which `quads` are the letters. */
export function areLinesOf(turned: readonly Quad[], quads: readonly Quad[]): boolean {
  return turned.length > 1 && typicalShape(turned) > LONGER * typicalShape(quads);
}

/** The page's skew in radians, clockwise positive: the median angle of its lines, long ones counting more. */
export function measureSkew(quads: readonly Quad[]): number {
  const pairs = quads
    .filter((quad) => quadWidth(quad) >= 2 * quadHeight(quad))
    .map((quad) => [quadAngle(quad), quadWidth(quad)] as const)
    .filter(([angle]) => Math.abs(angle) < Math.PI / 4);
  return weightedMedian(pairs);
}

/** From coordinates of an image turned clockwise by `turns` to those of the image before, `width` × `height`. */
export function unturn(turns: Turns, width: number, height: number): (point: Point) => Point {
  switch (turns) {
    case 0:
      return (point) => point;
    case 1:
      return ([x, y]) => [y, height - x];
    case 2:
      return ([x, y]) => [width - x, height - y];
    case 3:
      return ([x, y]) => [width - y, x];
  }
}
