/** Applies a profile's augmentations to a line: first to the places of glyphs, then as maps of the outline's points. */

import type { Random } from '../../models/base/random.js';
import { BENDING, layoutAugmentations, outlineAugmentations } from '../augment/outline.js';
import type { GlyphOffset, LayoutOptions } from './layout.js';
import type { Bounds, Outline, PointMap } from './outline.js';
import type { Dose } from './profiles.js';

export type Doses = Readonly<Record<string, Dose>>;

/** Draws the layout's changes for a line of `length` characters; `grow` is the change of stroke weight, in ems. */
export function drawLayout(
  length: number,
  doses: Doses,
  random: Random,
  strength: number,
): LayoutOptions & { grow: number } {
  let tracking = 0;
  let wordSpace = 1;
  let grow = 0;
  const offsets: ((index: number) => GlyphOffset)[] = [];
  for (const augmentation of layoutAugmentations) {
    const dose = drawDose(doses[augmentation.name], random, strength);
    if (dose === 0) continue;
    const change = augmentation.draw(length, random, dose);
    tracking += change.tracking ?? 0;
    wordSpace *= change.wordSpace ?? 1;
    grow += change.grow ?? 0;
    if (change.offset) offsets.push(change.offset);
  }
  if (offsets.length === 0) return { tracking, wordSpace, grow };
  const offset = (index: number) => {
    const sum = { x: 0, y: 0, rotation: 0 };
    for (const draw of offsets) {
      const { x, y, rotation } = draw(index);
      sum.x += x;
      sum.y += y;
      sum.rotation += rotation;
    }
    return sum;
  };
  return { tracking, wordSpace, grow, offset };
}

/** Strength of one augmentation for this line: 0 where it is not used. */
function drawDose(dose: Dose | undefined, random: Random, strength: number): number {
  return dose && random.chance(dose[0]) ? dose[1] * strength : 0;
}

/** The maps drawn for a line, as one; `bends` where straight lines may become curves. */
export interface Distortion {
  readonly map: PointMap;
  readonly bends: boolean;
  /** True where nothing moves. */
  readonly identity: boolean;
}

/** @param box the text before distortion */
export function drawDistortion(box: Bounds, doses: Doses, random: Random, strength: number): Distortion {
  const maps: PointMap[] = [];
  let bends = false;
  let { left, top, right, bottom } = box;
  for (const augmentation of outlineAugmentations) {
    const dose = drawDose(doses[augmentation.name], random, strength);
    if (dose === 0) continue;
    const map = augmentation.prepare(
      { x: left, y: top, width: right - left, height: bottom - top },
      random,
      dose,
    );
    maps.push(map);
    bends ||= BENDING.has(augmentation.name);
    // The next one works on what this one made of the line's box.
    const corners = [map(left, top), map(right, top), map(right, bottom), map(left, bottom)];
    left = Math.min(...corners.map((p) => p[0]));
    right = Math.max(...corners.map((p) => p[0]));
  }
  const map: PointMap = (x, y) => {
    for (const next of maps) [x, y] = next(x, y);
    return [x, y];
  };
  return { map, bends, identity: maps.length === 0 };
}

/** The outline under the distortion; may change and return `outline` itself. */
export function distort(outline: Outline, distortion: Distortion, em: number): Outline {
  if (distortion.identity) return outline;
  const fine = distortion.bends ? outline.subdivided(Math.max(2.5, em * 0.2)) : outline;
  fine.map(distortion.map);
  return fine;
}

/** Bounds of a distorted box, its sides sampled. */
export function distortBox(box: Bounds, { map }: Distortion): Bounds {
  const out = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const steps = 8;
  for (let i = 0; i <= steps; i++) {
    const x = box.left + ((box.right - box.left) * i) / steps;
    for (const y of [box.top, box.bottom]) {
      const [px, py] = map(x, y);
      out.left = Math.min(out.left, px);
      out.right = Math.max(out.right, px);
      out.top = Math.min(out.top, py);
      out.bottom = Math.max(out.bottom, py);
    }
  }
  return out;
}
