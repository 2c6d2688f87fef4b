/** Baselines that are no straight lines: an arc (book gutters, round signs; letters turn with it) or a sine. */
import type { OutlineAugmentation } from './augmentation.js';

export const baselineCurve: OutlineAugmentation = {
  kind: 'outline',
  name: 'baseline-curve',
  /** `arc`: angle that the line spans; `sine`: amplitude in heights of the line; `waves`: periods over the line. */
  ranges: { arcDegrees: [-150, 150], sine: [0, 0.25], waves: [0.3, 1.6] },
  prepare(box, random, strength) {
    const { ranges } = this;
    const cx = box.x + box.width / 2;
    const foot = box.y + box.height;
    const width = box.width || 1;
    const height = box.height || 1;
    if (random.chance(0.65)) {
      const drawn = (random.range(...ranges.arcDegrees!) * strength * Math.PI) / 180;
      // The arc's rise, about width · angle / 8, stays below one and a half heights; its radius above one and a half.
      const most = Math.min((12 * height) / width, width / (1.5 * height));
      const angle = Math.min(most, Math.max(-most, drawn));
      if (Math.abs(angle) < 1e-4) return (x, y) => [x, y];
      const radius = width / angle;
      return (x, y) => {
        const t = (x - cx) / radius;
        const r = radius + (foot - y);
        return [cx + r * Math.sin(t), foot + radius - r * Math.cos(t)];
      };
    }
    const amplitude = random.range(...ranges.sine!) * strength * height;
    const frequency = (2 * Math.PI * random.range(...ranges.waves!)) / width;
    const phase = random.range(0, 2 * Math.PI);
    return (x, y) => [x, y + amplitude * Math.sin((x - box.x) * frequency + phase)];
  },
};
