/** Skew of the scan or the camera: a rotation about the line's middle. */
import type { OutlineAugmentation } from './augmentation.js';

export const rotation: OutlineAugmentation = {
  kind: 'outline',
  name: 'rotation',
  ranges: { angleDegrees: [-30, 30] },
  prepare(box, random, strength) {
    const drawn = (random.range(...this.ranges.angleDegrees!) * strength * Math.PI) / 180;
    // A long line at a large angle would leave its crop: no end rises by more than the line's height.
    const most = Math.atan2(box.height, box.width);
    const angle = Math.min(most, Math.max(-most, drawn));
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const cx = box.x + box.width / 2;
    const cy = box.y + box.height / 2;
    return (x, y) => [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos];
  },
};
