/** Horizontal squeeze or stretch: condensed and wide faces, printers and cameras of unequal resolution. */
import type { OutlineAugmentation } from './augmentation.js';

export const squeeze: OutlineAugmentation = {
  kind: 'outline',
  name: 'squeeze',
  /** Powers of two of the horizontal scale. */
  ranges: { octaves: [-0.9, 0.5] },
  prepare(box, random, strength) {
    const scale = 2 ** (random.range(...this.ranges.octaves!) * strength);
    return (x, y) => [box.x + (x - box.x) * scale, y];
  },
};
