/** Elastic distortion: a smooth random field of shifts, as paper that warps or a hand that draws. */
import type { OutlineAugmentation } from './augmentation.js';

export const elastic: OutlineAugmentation = {
  kind: 'outline',
  name: 'elastic',
  /** In heights of the line: how far points move (standard deviation), and how far apart the field's knots lie. */
  ranges: { amplitude: [0, 0.045], spacing: [0.35, 1.6] },
  prepare(box, random, strength) {
    const { ranges } = this;
    const height = box.height || 1;
    const amplitude = random.range(...ranges.amplitude!) * strength * height;
    const spacing = random.range(...ranges.spacing!) * height;
    const columns = Math.ceil(box.width / spacing) + 3;
    const rows = Math.ceil(height / spacing) + 3;
    const field = new Float32Array(columns * rows * 2);
    for (let i = 0; i < field.length; i++) field[i] = Math.max(-2, Math.min(2, random.normal())) * amplitude;
    return (x, y) => {
      const u = Math.min(columns - 1.001, Math.max(0, (x - box.x) / spacing + 1));
      const v = Math.min(rows - 1.001, Math.max(0, (y - box.y) / spacing + 1));
      const column = Math.floor(u);
      const row = Math.floor(v);
      const s = smooth(u - column);
      const t = smooth(v - row);
      const at = (row * columns + column) * 2;
      const below = at + columns * 2;
      const blend = (k: number) =>
        (field[at + k]! * (1 - s) + field[at + 2 + k]! * s) * (1 - t) +
        (field[below + k]! * (1 - s) + field[below + 2 + k]! * s) * t;
      return [x + blend(0), y + blend(1)];
    };
  },
};

/** Smoothstep: the field's slope is continuous across knots. */
const smooth = (t: number) => t * t * (3 - 2 * t);
