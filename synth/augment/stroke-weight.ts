/** Stroke weight: ink spread and bold setting, worn type and thin printing. */
import type { LayoutAugmentation } from './layout-augmentation.js';

export const strokeWeight: LayoutAugmentation = {
  kind: 'layout',
  name: 'stroke-weight',
  /** Growth of the strokes at each side. */
  ranges: { growEm: [-0.012, 0.026] },
  draw(_length, random, strength) {
    const [thinnest, boldest] = this.ranges.growEm as [number, number];
    return { grow: (random.chance(0.35) ? thinnest : boldest) * random.next() * strength };
  },
};
