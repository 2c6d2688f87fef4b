/** A camera's view from the side: x and y shrink with the distance, 1 / (1 + a·x + b·y). */
import type { OutlineAugmentation } from './augmentation.js';

export const perspective: OutlineAugmentation = {
  kind: 'outline',
  name: 'perspective',
  /** Change of the denominator over half the width and half the height of the line. */
  ranges: { sidewards: [-0.32, 0.32], upwards: [-0.15, 0.15] },
  prepare(box, random, strength) {
    // Long lines are seen at smaller angles: their far end would be illegible.
    const length = Math.min(1, (2.5 * box.height) / (box.width || 1));
    const a = (random.range(...this.ranges.sidewards!) * strength * length) / (box.width / 2 || 1);
    const b = (random.range(...this.ranges.upwards!) * strength * length) / (box.height / 2 || 1);
    const cx = box.x + box.width / 2;
    const cy = box.y + box.height / 2;
    return (x, y) => {
      const scale = 1 / Math.max(0.3, 1 + a * (x - cx) + b * (y - cy));
      return [cx + (x - cx) * scale, cy + (y - cy) * scale];
    };
  },
};
