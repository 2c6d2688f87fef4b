/**
 * All raster augmentations, and the chains of them that make a clean drawing look like a scan, a fax, a receipt and so on:
 * ink first, then paper, light, lens, sensor and processing, in the order in which the world does it.
 */
import type { GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import type { RasterAugmentation } from './augmentation.js';
import { bleedThrough } from './bleed-through.js';
import { blotches } from './blotches.js';
import { fax } from './fax.js';
import { gaussianBlur } from './gaussian-blur.js';
import { gaussianNoise } from './gaussian-noise.js';
import { halftone } from './halftone.js';
import { inkBleed } from './ink-bleed.js';
import { jpeg } from './jpeg.js';
import { motionBlur } from './motion-blur.js';
import { paperGrain } from './paper-grain.js';
import { resample } from './resample.js';
import { sharpeningHalo } from './sharpening-halo.js';
import { speckle } from './speckle.js';
import { streaks } from './streaks.js';
import { thermalFade } from './thermal-fade.js';
import { threshold } from './threshold.js';
import { tone } from './tone.js';
import { typewriterRibbon } from './typewriter-ribbon.js';
import { unevenLighting } from './uneven-lighting.js';

/** In the order in which a chain applies them. */
export const rasterAugmentations: readonly RasterAugmentation[] = [
  inkBleed,
  typewriterRibbon,
  thermalFade,
  blotches,
  halftone,
  bleedThrough,
  paperGrain,
  unevenLighting,
  gaussianBlur,
  motionBlur,
  resample,
  fax,
  threshold,
  gaussianNoise,
  speckle,
  streaks,
  sharpeningHalo,
  tone,
  jpeg,
];

export type DegradeProfile =
  | 'clean'
  | 'scan'
  | 'fax'
  | 'typewriter'
  | 'receipt'
  | 'book'
  | 'web'
  | 'scene'
  | 'photo';

/** Probability that an augmentation takes part, and the strength it may then have. */
type Dose = readonly [chance: number, strength: number];

const CHAINS: Readonly<Record<DegradeProfile, Readonly<Record<string, Dose>>>> = {
  clean: {
    'ink-bleed': [0.1, 0.3],
    'gaussian-blur': [0.25, 0.4],
    resample: [0.25, 0.4],
    threshold: [0.05, 0.3],
    halftone: [0.04, 0.8],
    tone: [0.15, 0.4],
    jpeg: [0.25, 0.6],
  },
  scan: {
    'ink-bleed': [0.45, 0.8],
    blotches: [0.1, 0.5],
    halftone: [0.06, 0.8],
    'bleed-through': [0.08, 0.6],
    'paper-grain': [0.3, 0.6],
    'uneven-lighting': [0.15, 0.4],
    'gaussian-blur': [0.45, 0.65],
    resample: [0.4, 0.75],
    threshold: [0.25, 0.8],
    'gaussian-noise': [0.3, 0.5],
    speckle: [0.25, 0.5],
    streaks: [0.08, 0.6],
    'sharpening-halo': [0.25, 0.7],
    tone: [0.3, 0.6],
    jpeg: [0.4, 0.8],
  },
  fax: {
    'ink-bleed': [0.5, 1],
    blotches: [0.2, 0.7],
    halftone: [0.07, 0.9],
    'gaussian-blur': [0.25, 0.5],
    fax: [0.6, 1],
    threshold: [0.35, 1],
    speckle: [0.4, 0.9],
    streaks: [0.15, 0.9],
    'sharpening-halo': [0.15, 0.7],
    tone: [0.2, 0.4],
    jpeg: [0.25, 0.7],
  },
  typewriter: {
    'ink-bleed': [0.6, 1],
    'typewriter-ribbon': [0.85, 1],
    blotches: [0.2, 0.6],
    'bleed-through': [0.12, 0.7],
    'paper-grain': [0.5, 1],
    'uneven-lighting': [0.2, 0.5],
    'gaussian-blur': [0.5, 0.8],
    resample: [0.3, 0.7],
    threshold: [0.25, 0.9],
    'gaussian-noise': [0.25, 0.6],
    speckle: [0.25, 0.7],
    streaks: [0.06, 0.6],
    'sharpening-halo': [0.3, 0.9],
    tone: [0.3, 0.6],
    jpeg: [0.4, 0.8],
  },
  receipt: {
    'ink-bleed': [0.4, 0.8],
    'thermal-fade': [0.7, 1],
    blotches: [0.15, 0.6],
    'paper-grain': [0.2, 0.6],
    'uneven-lighting': [0.3, 0.7],
    'gaussian-blur': [0.5, 0.85],
    'motion-blur': [0.06, 0.5],
    resample: [0.55, 0.9],
    threshold: [0.15, 0.8],
    'gaussian-noise': [0.25, 0.6],
    speckle: [0.15, 0.5],
    streaks: [0.08, 0.6],
    'sharpening-halo': [0.45, 1],
    tone: [0.4, 0.8],
    jpeg: [0.5, 0.9],
  },
  book: {
    'ink-bleed': [0.65, 1],
    'typewriter-ribbon': [0.12, 0.4],
    blotches: [0.3, 0.6],
    'bleed-through': [0.2, 0.8],
    'paper-grain': [0.35, 0.8],
    'uneven-lighting': [0.25, 0.5],
    'gaussian-blur': [0.4, 0.7],
    resample: [0.3, 0.7],
    threshold: [0.4, 0.9],
    'gaussian-noise': [0.2, 0.5],
    speckle: [0.25, 0.5],
    'sharpening-halo': [0.25, 0.8],
    tone: [0.2, 0.5],
    jpeg: [0.35, 0.8],
  },
  web: {
    'gaussian-blur': [0.25, 0.6],
    resample: [0.4, 0.8],
    'gaussian-noise': [0.1, 0.4],
    'sharpening-halo': [0.15, 0.7],
    tone: [0.2, 0.5],
    jpeg: [0.6, 1],
  },
  scene: {
    'ink-bleed': [0.1, 0.6],
    'uneven-lighting': [0.5, 1],
    'gaussian-blur': [0.5, 1],
    'motion-blur': [0.2, 0.9],
    resample: [0.6, 1],
    'gaussian-noise': [0.45, 0.9],
    'sharpening-halo': [0.25, 0.9],
    halftone: [0.03, 0.4],
    tone: [0.6, 1],
    jpeg: [0.6, 1],
  },
  photo: {
    'ink-bleed': [0.3, 0.8],
    'bleed-through': [0.05, 0.6],
    'paper-grain': [0.25, 0.7],
    'uneven-lighting': [0.7, 1],
    'gaussian-blur': [0.5, 1],
    'motion-blur': [0.15, 0.8],
    resample: [0.45, 0.9],
    halftone: [0.05, 0.5],
    'gaussian-noise': [0.5, 0.9],
    'sharpening-halo': [0.3, 0.9],
    tone: [0.5, 0.8],
    jpeg: [0.6, 1],
  },
};

/** At most one of these: each reduces the picture to two levels. */
const BILEVEL: ReadonlySet<string> = new Set(['fax', 'threshold']);

/**
 * Draws a chain that suits the profile and applies it. Same image, seed and arguments: same bytes.
 * @param image may be changed in place; use what is returned (same size).
 * @param strength in [0, 1]; 0 leaves the picture as it is.
 */
export function degrade(
  image: GrayImage,
  random: Random,
  profile: DegradeProfile,
  strength: number,
): GrayImage {
  if (strength <= 0 || image.data.length === 0) return image;
  const chain = CHAINS[profile];
  // One severity for the line: many are slightly damaged, few are damaged in every way.
  const severity = Math.min(1, strength) * (0.25 + 0.75 * random.next() ** 0.8);
  let result = image;
  let bilevel = false;
  for (const augmentation of rasterAugmentations) {
    const dose = chain[augmentation.name];
    if (dose === undefined || !random.chance(dose[0] * (0.5 + 0.5 * severity))) continue;
    if (BILEVEL.has(augmentation.name)) {
      if (bilevel) continue;
      bilevel = true;
    }
    result = augmentation.apply(result, random, dose[1] * severity);
  }
  return result;
}
