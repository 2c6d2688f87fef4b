/** The subject without its ground. */
import type { Colour } from '../colour.js';
import type { Picture, Pixels, Subject } from '../subject.js';
import { levelOf } from '../threshold.js';

export interface CutoutOptions {
  /** Probabilities up to this far from the threshold become half transparent, in [0, 1]; 0 cuts hard. Default 0.2. */
  readonly softness?: number;
  /** Laid under the subject; an opaque one makes an opaque picture. Without it the ground is transparent. */
  readonly background?: Colour;
}

/**
 * RGBA at the picture's size (RGB on an opaque background). Opacity rises smoothly with the probability, from 0 at
 * `threshold - softness` to 1 at `threshold + softness`, and never exceeds the picture's own. What is wholly
 * transparent is black, so that it costs nothing to store and hides nothing of the ground.
 */
export function renderCutout(picture: Picture, subject: Subject, options: CutoutOptions = {}): Pixels {
  const { width, height, data } = picture;
  const alpha = cutoutAlpha(picture, subject, options.softness);
  const { background } = options;
  const isOpaque = background?.alpha === 255;
  const channels = isOpaque ? 3 : 4;
  const result = new Uint8Array(width * height * channels);
  for (let index = 0, to = 0; index < alpha.length; index++, to += channels) {
    const from = 3 * index;
    const a = alpha[index]!;
    if (!background) {
      if (a === 0) continue;
      result[to] = data[from]!;
      result[to + 1] = data[from + 1]!;
      result[to + 2] = data[from + 2]!;
      result[to + 3] = a;
      continue;
    }
    // "Over" of Porter and Duff: the ground shows through as far as the subject leaves it.
    const under = (background.alpha * (255 - a)) / 255;
    const sum = a + under;
    if (sum === 0) continue;
    result[to] = Math.round((data[from]! * a + background.red * under) / sum);
    result[to + 1] = Math.round((data[from + 1]! * a + background.green * under) / sum);
    result[to + 2] = Math.round((data[from + 2]! * a + background.blue * under) / sum);
    if (!isOpaque) result[to + 3] = Math.round(sum);
  }
  return { width, height, channels, data: result };
}

/** The opacity of each pixel in the cut-out, 0 to 255. */
export function cutoutAlpha(picture: Picture, { map, threshold }: Subject, softness = 0.2): Uint8Array {
  const level = levelOf(threshold);
  const low = Math.max(0, level - 255 * softness);
  const high = Math.min(255, level + 255 * softness);
  const table = Uint8Array.from({ length: 256 }, (_, value) => {
    if (high === low) return value >= level ? 255 : 0;
    const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
    return Math.round(255 * t * t * (3 - 2 * t));
  });
  const own = picture.alpha;
  return own
    ? map.data.map((value, index) => Math.min(table[value]!, own[index]!))
    : map.data.map((value) => table[value]!);
}
