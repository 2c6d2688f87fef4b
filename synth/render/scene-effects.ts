/** What signs, logos and photographs do to letters: contours, hollow letters, shadows, boards, clutter behind them. */

import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { composite } from '../augment/alpha-compositing.js';
import { fillOutlines } from './fill.js';
import { type Bounds, LINE, MOVE, Outline } from './outline.js';
import type { LineProfile } from './profiles.js';

export interface SceneInk {
  readonly ink: number;
  readonly paper: number;
  readonly opacity: number;
}

/**
 * Draws `mask` over `background` (in place) with the effects that the profile's probabilities draw.
 * @returns what the ink covers: `mask`, or the rims of hollow letters
 */
export function drawWithEffects(
  background: GrayImage,
  mask: GrayImage,
  outline: Outline,
  crop: Bounds,
  ink: Bounds,
  em: number,
  tones: SceneInk,
  effects: NonNullable<LineProfile['effects']>,
  random: Random,
  strength: number,
  grow: number,
): GrayImage {
  const { width, height } = background;
  if (random.chance(effects.panel * strength)) panel(background, crop, ink, em, tones, random);
  if (random.chance(effects.clutter * strength)) clutter(background, em, tones, random);
  const contrast = Math.abs(tones.ink - tones.paper);
  const grown = (by: number) =>
    fillOutlines(outline, width, height, { offsetX: -crop.left, offsetY: -crop.top, grow: grow + by });

  if (random.chance(effects.shadow * strength)) {
    const reach = Math.max(1, Math.round(random.range(0.02, 0.1) * em));
    const dx = random.pick([-reach, reach, reach, 0]);
    const dy = random.pick([-reach, reach, reach]);
    // A shadow lies between paper and black, a highlight between paper and white; neither reaches the ink.
    const target = tones.ink > tones.paper ? 0 : random.chance(0.6) ? 255 : tones.paper * 0.6;
    const solid = random.chance(0.4);
    for (let step = solid ? 1 : reach; step <= reach; step++) {
      composite(
        background,
        mask,
        target,
        random.range(0.3, 0.8),
        Math.round((dx * step) / reach),
        Math.round((dy * step) / reach),
      );
    }
  }
  if (em > 16 && random.chance(effects.hollow * strength)) {
    const rim = grown(random.range(0.025, 0.05) * em);
    for (let i = 0; i < rim.data.length; i++) rim.data[i] = Math.max(0, rim.data[i]! - mask.data[i]!);
    composite(background, rim, tones.ink, tones.opacity);
    return rim;
  }
  if (em > 12 && random.chance(effects.contour * strength)) {
    // The contour leaves the tone of the paper on the ink's far side, or outlines ink of a similar tone.
    const rim = grown(random.range(0.03, 0.09) * em);
    const tone =
      tones.ink > tones.paper ? random.range(0, tones.paper * 0.7) : random.range(tones.paper, 255);
    composite(background, rim, Math.abs(tone - tones.ink) > contrast * 0.6 ? tone : tones.paper, 1);
  }
  composite(background, mask, tones.ink, tones.opacity);
  return mask;
}

/** A board behind the text: beyond its edge the ground has another tone. */
function panel(
  background: GrayImage,
  crop: Bounds,
  ink: Bounds,
  em: number,
  tones: SceneInk,
  random: Random,
): void {
  const gap = () => random.range(0.05, 0.35) * em;
  const tilt = () => random.normal(0, 0.04) * em;
  const left = ink.left - crop.left - gap();
  const right = ink.right - crop.left + gap();
  const top = ink.top - crop.top - gap();
  const bottom = ink.bottom - crop.top + gap();
  const board = new Outline();
  board.addPolygon([
    [left + tilt(), top + tilt()],
    [right + tilt(), top + tilt()],
    [right + tilt(), bottom + tilt()],
    [left + tilt(), bottom + tilt()],
  ]);
  const inside = fillOutlines(board, background.width, background.height);
  for (let i = 0; i < inside.data.length; i++) inside.data[i] = 255 - inside.data[i]!;
  const other = random.chance(0.5) ? random.range(0, 255) : tones.ink;
  composite(background, inside, other, random.range(0.5, 1));
}

/** Lines and patches of little contrast anywhere. */
function clutter(background: GrayImage, em: number, tones: SceneInk, random: Random): void {
  const { width, height } = background;
  const shapes = new Outline();
  for (let n = random.int(1, 5); n > 0; n--) {
    const x = random.range(0, width);
    const y = random.range(0, height);
    if (random.chance(0.5)) {
      const angle = random.range(0, Math.PI);
      const t = random.range(0.03, 0.2) * em;
      const [dx, dy] = [Math.cos(angle) * width, Math.sin(angle) * width];
      const [nx, ny] = [-Math.sin(angle) * t, Math.cos(angle) * t];
      shapes.addPolygon([
        [x - dx, y - dy],
        [x + dx, y + dy],
        [x + dx + nx, y + dy + ny],
        [x - dx + nx, y - dy + ny],
      ]);
    } else {
      const corners = random.int(3, 6);
      const radius = random.range(0.2, 1.2) * em;
      for (let i = 0; i < corners; i++) {
        const angle = (i / corners) * 2 * Math.PI;
        const r = radius * random.range(0.5, 1);
        shapes.add(i === 0 ? MOVE : LINE, x + r * Math.cos(angle), y + r * Math.sin(angle));
      }
      shapes.add(4);
    }
  }
  const contrast = tones.ink - tones.paper;
  const tone = Math.min(255, Math.max(0, tones.paper + contrast * random.range(-0.4, 0.4)));
  composite(background, fillOutlines(shapes, width, height), tone, random.range(0.4, 1));
}
