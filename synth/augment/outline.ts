/** The augmentations of outlines, by name; those of the drawn picture are in `raster.ts`. */
import type { OutlineAugmentation } from './augmentation.js';
import { baselineCurve } from './baseline-curve.js';
import { elastic } from './elastic.js';
import { glyphJitter } from './glyph-jitter.js';
import { kerning } from './kerning.js';
import type { LayoutAugmentation } from './layout-augmentation.js';
import { perspective } from './perspective.js';
import { rotation } from './rotation.js';
import { shear } from './shear.js';
import { squeeze } from './squeeze.js';
import { strokeWeight } from './stroke-weight.js';

/** Maps of points, in the order in which they are applied. */
export const outlineAugmentations = [
  squeeze,
  shear,
  elastic,
  baselineCurve,
  perspective,
  rotation,
] as const satisfies readonly OutlineAugmentation[];

/** Changes of places and strokes. */
export const layoutAugmentations = [
  kerning,
  glyphJitter,
  strokeWeight,
] as const satisfies readonly LayoutAugmentation[];

/** Names of the maps that bend straight lines: outlines are subdivided before them. */
export const BENDING: ReadonlySet<string> = new Set(['elastic', 'baseline-curve']);
