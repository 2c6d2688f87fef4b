/** Kerning and tracking changes: tight and letter-spaced setting, uneven spaces between letters and words. */
import type { LayoutAugmentation } from './layout-augmentation.js';

export const kerning: LayoutAugmentation = {
  kind: 'layout',
  name: 'kerning',
  /** In ems: space added between characters, standard deviation of each gap; octaves of the blanks' width. */
  ranges: { trackingEm: [-0.045, 0.3], unevenEm: [0, 0.025], wordSpaceOctaves: [-0.6, 1.2] },
  draw(length, random, strength) {
    const { ranges } = this;
    const [tightest, widest] = ranges.trackingEm as [number, number];
    // Mostly near zero: wide letter-spacing is for headings and signs.
    const tracking =
      (random.chance(0.35) ? tightest * random.next() : widest * random.next() ** 3) * strength;
    const uneven = random.range(...ranges.unevenEm!) * strength;
    const wordSpace = 2 ** (random.range(...ranges.wordSpaceOctaves!) * random.next() * strength);
    const shifts = Array.from({ length }, () => random.normal(0, uneven));
    return { tracking, wordSpace, offset: (index) => ({ x: shifts[index] ?? 0, y: 0, rotation: 0 }) };
  },
};
