/**
 * Defect: a typewriter: each letter struck with its own force, a ribbon of uneven ink and visible weave, ghost strokes beside
 * the letters.
 */
import type { RasterAugmentation } from './augmentation.js';
import { noise, smoothField } from './noise.js';
import { ByteScratch, clamping, draw, FloatScratch, levels } from './pixels.js';

const RANGES = {
  fading: [0, 0.5],
  weave: [0, 0.4],
  letterForce: [0, 0.45],
  ghost: [0, 0.7],
  ghostShiftPx: [0, 1],
} as const;
const field = new FloatScratch();
const force = new FloatScratch();
const copy = new ByteScratch();

export const typewriterRibbon: RasterAugmentation = {
  kind: 'raster',
  name: 'typewriter-ribbon',
  ranges: RANGES,
  apply(image, random, strength) {
    const { width, height, data } = image;
    const fading = draw(RANGES.fading, random, strength);
    const weave = draw(RANGES.weave, random, strength);
    const letterForce = draw(RANGES.letterForce, random, strength);
    const ghost = random.chance(0.35) ? draw(RANGES.ghost, random, strength) : 0;
    const pitch = Math.max(2, height * random.range(0.35, 0.6));
    if (strength <= 0) return image;
    const { paper } = levels(image);
    if (ghost > 0.05) addGhost(image, ghost, random.chance(0.7) ? 1 : 0, paper, random.chance(0.5));
    const ink = field.get(data.length);
    smoothField(
      ink,
      width,
      height,
      height * random.range(0.25, 1.2),
      height * random.range(0.2, 0.7),
      random,
    );
    // A step for each letter, its own slope up or down (the type does not meet the paper evenly).
    const letters = Math.ceil(width / pitch) + 1;
    const steps = force.get(2 * letters);
    for (let i = 0; i < letters; i++) {
      steps[2 * i] = random.next();
      steps[2 * i + 1] = random.range(-0.5, 0.5);
    }
    const { tile, offset, row } = noise('soft', random);
    const out = clamping(image);
    for (let y = 0; y < height; y++) {
      const line = row(y);
      const v = y / height - 0.5;
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        const letter = 2 * Math.floor(x / pitch);
        const cover =
          1 -
          fading * ink[at]! -
          letterForce * Math.max(0, steps[letter]! + steps[letter + 1]! * 2 * v) * 0.8 -
          weave * Math.max(0, tile[line + ((x + offset) & 255)]!) * 0.6;
        out[at] = paper + (data[at]! - paper) * Math.max(0.3, cover);
      }
    }
    return image;
  },
};

/** The letters once more, weaker, at most one pixel aside. */
function addGhost(
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  weight: number,
  down: number,
  paper: number,
  left: boolean,
): void {
  const { width, height, data } = image;
  const source = copy.get(data.length);
  source.set(data);
  const aside = down === 0 || width > 2 ? (left ? -1 : 1) : 0;
  for (let y = 0; y < height; y++) {
    const from = Math.max(0, y - down) * width;
    for (let x = 0; x < width; x++) {
      const shifted = source[from + Math.max(0, Math.min(width - 1, x - aside))]!;
      const weak = paper + (shifted - paper) * weight;
      const at = y * width + x;
      if (Math.abs(weak - paper) > Math.abs(data[at]! - paper)) data[at] = weak;
    }
  }
}
