/**
 * What shares a crop with its text without being read: underlines, leaders, rules at the edges, borders of boxes. They
 * have an outline of their own, as fonts wind their contours either way.
 */
import type { Random } from '../../models/base/random.js';
import type { PlacedText } from './layout.js';
import type { Bounds, Outline } from './outline.js';

/** Adds an underline (single or double) of the whole line or of some words, before distortion. */
export function underline(rules: Outline, { characters }: PlacedText, em: number, random: Random): void {
  let first = 0;
  let last = characters.length - 1;
  if (random.chance(0.3)) {
    const blanks = characters.flatMap((c, i) => (c.character === ' ' ? [i] : []));
    if (blanks.length > 0) {
      const at = random.pick(blanks);
      if (random.chance(0.5)) last = at - 1;
      else first = at + 1;
    }
  }
  const left = characters[first]!.left - random.range(0, 0.1) * em;
  const right = characters[last]!.right + random.range(0, 0.1) * em;
  const top = random.range(0.08, 0.24) * em;
  const thickness = Math.max(0.7, random.range(0.03, 0.08) * em);
  rules.addRectangle(left, top, right, top + thickness);
  if (random.chance(0.12)) {
    rules.addRectangle(left, top + 2.2 * thickness, right, top + 3.2 * thickness);
  }
}

/** Fills the space of the blank at `index` with leaders: dots along the baseline. */
export function leaders(
  rules: Outline,
  { characters }: PlacedText,
  index: number,
  em: number,
  random: Random,
): void {
  const { left, right } = characters[index]!;
  const step = random.range(0.22, 0.6) * em;
  const radius = Math.max(0.4, random.range(0.035, 0.06) * em);
  for (let x = right - step; x > left + step; x -= step) {
    rules.addPolygon([
      [x - radius, -radius],
      [x, -2 * radius],
      [x + radius, -radius],
      [x, 0],
    ]);
  }
}

/**
 * Adds rules along the crop's edges. Horizontal ones may touch the text; vertical ones (borders of cells) need room, as
 * they would be read as letters else.
 * @param slope of the text's baseline, which printed rules share
 * @param sides which edges
 */
export function edgeRules(
  rules: Outline,
  crop: Bounds,
  ink: Bounds,
  em: number,
  slope: number,
  sides: { readonly top: boolean; readonly bottom: boolean; readonly vertical: boolean },
  random: Random,
): void {
  const thickness = () => Math.max(0.8, random.range(0.03, 0.14) * em);
  const width = crop.right - crop.left;
  const stray = Math.max(-0.1 * em, Math.min(0.1 * em, random.normal(0, 0.003) * width));
  const rise = slope * width + stray;
  const horizontal = (middle: number, t: number) => {
    const y = middle - rise / 2;
    rules.addPolygon([
      [crop.left - 1, y],
      [crop.right + 1, y + rise],
      [crop.right + 1, y + rise + t],
      [crop.left - 1, y + t],
    ]);
  };
  if (sides.top) {
    const t = thickness();
    horizontal(crop.top + random.range(-0.5, 1) * Math.max(0, Math.min(ink.top - crop.top - t, em * 0.4)), t);
  }
  if (sides.bottom) {
    const t = thickness();
    const room = Math.max(0, Math.min(crop.bottom - ink.bottom, em * 0.4));
    horizontal(crop.bottom - t - random.range(-0.3, 1) * room, t);
  }
  if (!sides.vertical) return;
  for (const atLeft of [true, false]) {
    const room = atLeft ? ink.left - crop.left : crop.right - ink.right;
    const t = thickness();
    if (room < t + 0.3 * em || !random.chance(0.7)) continue;
    const off = random.range(0, room - t - 0.28 * em);
    const x = atLeft ? crop.left + off : crop.right - off - t;
    rules.addRectangle(x, crop.top - 1, x + t, crop.bottom + 1);
  }
}
