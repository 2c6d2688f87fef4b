/** What a layout is given and gives. */
import type { Random } from '../../../models/base/random.js';
import type { FaceClass } from '../../fonts/font-pool.js';
import type { TextureStore } from '../../render/textures.js';
import type { CaptureKind } from '../capture/capture.js';
import type { Face, PageFaces } from '../faces.js';
import type { Sheet, TextStyle } from '../sheet.js';
import type { Writer } from '../writer.js';

export interface LayoutContext {
  readonly index: number;
  readonly random: Random;
  readonly faces: PageFaces;
  readonly writer: Writer;
  readonly textures?: TextureStore;
  /** Pictures of the world: what signs stand before. */
  readonly photos?: TextureStore;
}

export interface LaidOut {
  readonly sheet: Sheet;
  /** How such a page comes to be an image: weights. */
  readonly captures: Readonly<Partial<Record<CaptureKind, number>>>;
}

export type Layout = (context: LayoutContext) => LaidOut;

export const TEXT_FACES: Readonly<Partial<Record<FaceClass, number>>> = {
  serif: 5,
  sans: 5,
  mono: 0.4,
  typewriter: 0.3,
};
export const LOUD_FACES: Readonly<Partial<Record<FaceClass, number>>> = {
  sans: 5,
  serif: 3,
  display: 3,
  handwriting: 0.6,
};

export function pickFace(
  context: LayoutContext,
  weights: Readonly<Partial<Record<FaceClass, number>>>,
): Face {
  return context.faces.pick(context.index, context.random, weights);
}

/** Log-uniform in [low, high). */
export function logRange(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.next();
}

/** Width and height of a page: portrait mostly, its shorter side log-uniform. */
export function pageSize(
  random: Random,
  low: number,
  high: number,
  landscape = 0.1,
): [width: number, height: number] {
  const short = Math.round(logRange(random, low, high));
  const long = Math.round(short * random.range(1.2, 1.52));
  return random.chance(landscape) ? [long, short] : [short, long];
}

/** The text set smaller until it is no wider than `width`. */
export function fitted(sheet: Sheet, text: string, style: TextStyle, width: number): TextStyle {
  const measured = sheet.measure(text, style);
  return measured > width ? { ...style, size: (style.size * width) / measured } : style;
}
