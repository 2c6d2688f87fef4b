/** Each glyph off its place: a typewriter's jumping baseline, worn type, letters stuck on by hand. */
import type { LayoutAugmentation } from './layout-augmentation.js';

export const glyphJitter: LayoutAugmentation = {
  kind: 'layout',
  name: 'glyph-jitter',
  /** Standard deviations. */
  ranges: { verticalEm: [0, 0.035], horizontalEm: [0, 0.02], rotationDegrees: [0, 1.6] },
  draw(length, random, strength) {
    const { ranges } = this;
    const vertical = random.range(...ranges.verticalEm!) * strength;
    const horizontal = random.range(...ranges.horizontalEm!) * strength;
    const turn = (random.range(...ranges.rotationDegrees!) * strength * Math.PI) / 180;
    const offsets = Array.from({ length }, () => ({
      x: random.normal(0, horizontal),
      y: random.normal(0, vertical),
      rotation: random.normal(0, turn),
    }));
    return { offset: (index) => offsets[index] ?? { x: 0, y: 0, rotation: 0 } };
  },
};
