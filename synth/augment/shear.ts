/** Slant: synthetic italics, signs seen from below, a skewed scan. */
import type { OutlineAugmentation } from './augmentation.js';

export const shear: OutlineAugmentation = {
  kind: 'outline',
  name: 'shear',
  ranges: { slantDegrees: [-14, 20] },
  prepare(box, random, strength) {
    const slope = Math.tan((random.range(...this.ranges.slantDegrees!) * strength * Math.PI) / 180);
    const bottom = box.y + box.height;
    return (x, y) => [x + (bottom - y) * slope, y];
  },
};
