/**
 * Alpha-compositing of text with background textures: the augmentation that Namysl & Konya (2019) add to line
 * rendering. The text's coverage mask, times an opacity, blends the ink's tone into a crop of a texture, so that the
 * background shows through the strokes as it does in print, on walls and on screens.
 */
import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { gradientBackground, plainBackground, textureBackground } from '../render/background.js';
import type { TextureStore } from '../render/textures.js';

export const alphaCompositing = {
  kind: 'composite',
  name: 'alpha-compositing',
  /** `opacity`: of the ink; `gain`: of the texture's own contrast; `span`: of a gradient, grey levels. */
  ranges: { opacity: [0.45, 1], gain: [0.15, 1.2], span: [0, 90] },
} as const;

/** How a document's paper and ink look; tones and contrasts are grey levels 0–255. */
export interface Tones {
  readonly paper: readonly [number, number];
  readonly ink: readonly [number, number];
  /** Least difference of ink and paper. */
  readonly contrast: number;
  /** Probability of light ink on dark ground (the tones change places). */
  readonly inverted: number;
  /** Probability that the ground is a texture, else plain or a gradient. */
  readonly textured: number;
  /** Textures' categories; all where absent. */
  readonly categories?: readonly string[];
  /** Most deviation of the texture, grey levels. */
  readonly mostDeviation: number;
}

/** Draws ink and ground for one line. Where `compositing` is off: a plain ground, opaque ink. */
export function drawGround(
  width: number,
  height: number,
  tones: Tones,
  random: Random,
  strength: number,
  textures: TextureStore | undefined,
  compositing: boolean,
): { background: GrayImage; ink: number; paper: number; opacity: number } {
  // Most paper is near the light end of its range, most ink near the dark end.
  let paper = tones.paper[1] - (tones.paper[1] - tones.paper[0]) * random.next() ** 1.7;
  let ink = tones.ink[0] + (tones.ink[1] - tones.ink[0]) * random.next() ** 1.7;
  if (random.chance(tones.inverted)) [paper, ink] = [255 - paper, 255 - ink];
  if (Math.abs(paper - ink) < tones.contrast) {
    ink = paper > 128 ? Math.max(0, paper - tones.contrast) : Math.min(255, paper + tones.contrast);
  }
  if (!compositing || strength === 0) {
    return { background: plainBackground(width, height, paper), ink, paper, opacity: 1 };
  }
  const { ranges } = alphaCompositing;
  // Opacity only as low as leaves the text its least contrast.
  const contrast = Math.abs(paper - ink);
  const least = Math.min(1, Math.max(ranges.opacity[0], tones.contrast / contrast));
  const opacity = 1 - (1 - least) * strength * random.next() ** 2;
  const visible = contrast * opacity;
  if (textures && random.chance(tones.textured)) {
    const gain = ranges.gain[0] + (ranges.gain[1] - ranges.gain[0]) * strength * random.next();
    const most = Math.min(tones.mostDeviation, visible * 0.3);
    const texture = textures.pick(random, tones.categories);
    return {
      background: textureBackground(texture, width, height, paper, gain, most, random),
      ink,
      paper,
      opacity,
    };
  }
  if (random.chance(0.25)) {
    const span = Math.min(ranges.span[1] * strength * random.next(), visible * 0.7);
    return { background: gradientBackground(width, height, paper, span, random), ink, paper, opacity };
  }
  return { background: plainBackground(width, height, paper), ink, paper, opacity };
}

/**
 * Blends `ink` into `background` in place: b + (ink − b) · opacity · coverage / 255.
 * @param mask coverage 0–255, the background's size (or `dx`, `dy` pixels off it)
 * @param ink grey level 0–255 @param opacity 0–1
 */
export function composite(
  background: GrayImage,
  mask: GrayImage,
  ink: number,
  opacity = 1,
  dx = 0,
  dy = 0,
): void {
  const { data, width, height } = background;
  const scale = opacity / 255;
  for (let y = Math.max(0, dy); y < Math.min(height, mask.height + dy); y++) {
    let to = y * width + Math.max(0, dx);
    let from = (y - dy) * mask.width + Math.max(0, -dx);
    const end = y * width + Math.min(width, mask.width + dx);
    for (; to < end; to++, from++) {
      const coverage = mask.data[from]!;
      if (coverage > 0) data[to] = data[to]! + (ink - data[to]!) * coverage * scale + 0.5;
    }
  }
}
