/**
 * Defect: shaded cells and pictures printed as dots, and the interference of such dots with a scanner's grid. Either a
 * screen of dots behind the letters, or a faint wave over the whole picture.
 */
import type { RasterAugmentation } from './augmentation.js';
import { clamping, draw, levels } from './pixels.js';

const RANGES = { shade: [0, 0.38], periodPx: [2, 5], moireLevels: [0, 26] } as const;

export const halftone: RasterAugmentation = {
  kind: 'raster',
  name: 'halftone',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const screen = random.chance(0.6);
    // A screen as coarse as the strokes hides small print.
    const shade = draw(RANGES.shade, random, strength) * Math.min(1, height / 30);
    const moire = draw(RANGES.moireLevels, random, strength);
    const period = Math.max(2, Math.min(random.range(...RANGES.periodPx), height / 8));
    const angle = random.pick([0, Math.PI / 4, Math.PI / 4, random.next() * Math.PI]);
    const phase = random.next() * 2 * Math.PI;
    if (strength <= 0) return image;
    const { paper, ink } = levels(image);
    const out = clamping(image);
    const k = (2 * Math.PI) / period;
    const cos = Math.cos(angle) * k;
    const sin = Math.sin(angle) * k;
    const hard = random.range(2, 6);
    const darkness = random.range(0.35, 0.85);
    // cos(a + b·x) by recurrence along each row.
    const cu = Math.cos(cos);
    const su = Math.sin(cos);
    const cv = Math.cos(-sin);
    const sv = Math.sin(-sin);
    // Dots of ink where the wave exceeds a level that gives about `shade` coverage.
    const level = Math.cos(Math.PI * Math.sqrt(shade / 2)) * 2 - 0.4;
    const reach = ink - paper;
    for (let y = 0; y < height; y++) {
      let pc = Math.cos(sin * y + phase);
      let ps = Math.sin(sin * y + phase);
      let qc = Math.cos(cos * y);
      let qs = Math.sin(cos * y);
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        if (screen) {
          const cover = Math.max(0, Math.min(1, (pc + qc - level) * hard * 0.25)) * Math.min(1, shade * 6);
          const dotted = paper + reach * cover * darkness;
          // The letters stand over the screen.
          const v = data[at]!;
          out[at] = (v - paper) * reach > (dotted - paper) * reach ? v : dotted + (v - paper) * 0.5;
        } else {
          out[at] = data[at]! + moire * 0.5 * (pc + qc * 0.5);
        }
        const nc = pc * cu - ps * su;
        ps = ps * cu + pc * su;
        pc = nc;
        const mc = qc * cv - qs * sv;
        qs = qs * cv + qc * sv;
        qc = mc;
      }
    }
    return image;
  },
};
