/**
 * The kinds of document that lines are cut from: what stands in them, how it is set, drawn and damaged. Each figure was
 * set by looking at renders beside real crops of that kind.
 */
import type { Tones } from '../augment/alpha-compositing.js';
import type { DegradeProfile } from '../augment/raster.js';
import type { FaceClass } from '../fonts/font-pool.js';
import type { TextKind } from '../text/text-source.js';
import type { CropHabits } from './crop.js';

export type ProfileName =
  | 'clean'
  | 'scan'
  | 'fax'
  | 'typewriter'
  | 'receipt'
  | 'book'
  | 'web'
  | 'scene'
  | 'photo';

/** Probability that an augmentation is used, and the most of its range that it may then take. */
export type Dose = readonly [chance: number, strength: number];

export interface LineProfile {
  readonly weight: number;
  readonly degrade: DegradeProfile;
  readonly kinds: Readonly<Partial<Record<TextKind, number>>>;
  /** Share of single words. */
  readonly words: number;
  readonly faces: Readonly<Partial<Record<FaceClass, number>>>;
  /** Capital height plus descender depth, pixels: least, middle, most. */
  readonly height: readonly [number, number, number];
  /** By the augmentation's name. */
  readonly augment: Readonly<Record<string, Dose>>;
  readonly tones: Tones;
  /** Probability that glyphs begin at whole pixels and stand on the pixel grid. */
  readonly wholePixels: number;
  readonly crop: CropHabits;
  /** Probabilities of what else is in the crop. */
  readonly extras: {
    readonly underline: number;
    readonly rule: number;
    readonly box: number;
    readonly gap: number;
    readonly leaders: number;
    readonly neighbours: number;
  };
  /** Probabilities of what signs and logos do to letters. */
  readonly effects?: {
    readonly contour: number;
    readonly hollow: number;
    readonly shadow: number;
    readonly panel: number;
    readonly clutter: number;
  };
}

const TEXT: Partial<Record<TextKind, number>> = {
  sentence: 5,
  mixed: 1.5,
  number: 1.2,
  form: 0.8,
  caps: 0.9,
  code: 0.5,
};
const PAPER = ['paper', 'plaster', 'wallpaper', 'fabric'];
const DOCUMENT_CROP: CropHabits = { ink: 0.35, line: 0.4, loose: 0.25, tightSides: 0.35, wideSides: 0.12 };
const WHITE: Tones = {
  paper: [225, 255],
  ink: [0, 90],
  contrast: 95,
  inverted: 0.04,
  textured: 0.3,
  categories: PAPER,
  mostDeviation: 14,
};

export const PROFILES: Readonly<Record<ProfileName, LineProfile>> = {
  clean: {
    weight: 17,
    degrade: 'clean',
    kinds: TEXT,
    words: 0.07,
    faces: { serif: 5, sans: 5, mono: 0.5, display: 0.15 },
    height: [8, 20, 46],
    augment: {
      squeeze: [0.25, 0.25],
      shear: [0.08, 0.6],
      rotation: [0.1, 0.02],
      kerning: [0.3, 0.35],
      'stroke-weight': [0.25, 0.6],
    },
    tones: { ...WHITE, paper: [235, 255], ink: [0, 110], inverted: 0.07, textured: 0.12 },
    wholePixels: 0.25,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.04, rule: 0.06, box: 0.03, gap: 0.06, leaders: 0.01, neighbours: 0.1 },
  },
  scan: {
    weight: 19,
    degrade: 'scan',
    kinds: { ...TEXT, form: 1.4, caps: 1.3 },
    words: 0.07,
    faces: { serif: 5, sans: 4, mono: 0.6, typewriter: 0.5, display: 0.1 },
    height: [9, 21, 48],
    augment: {
      squeeze: [0.4, 0.3],
      shear: [0.12, 0.5],
      rotation: [0.5, 0.05],
      elastic: [0.3, 0.3],
      'baseline-curve': [0.08, 0.15],
      kerning: [0.35, 0.4],
      'glyph-jitter': [0.15, 0.3],
      'stroke-weight': [0.5, 0.9],
    },
    tones: { ...WHITE, paper: [195, 255], ink: [0, 115], contrast: 80, textured: 0.5 },
    wholePixels: 0.1,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.06, rule: 0.12, box: 0.08, gap: 0.08, leaders: 0.015, neighbours: 0.18 },
  },
  fax: {
    weight: 10,
    degrade: 'fax',
    kinds: { form: 3, caps: 2.5, sentence: 2, number: 1.5, mixed: 1, code: 0.7 },
    words: 0.1,
    faces: { sans: 5, serif: 3, mono: 1.2, typewriter: 1 },
    height: [9, 15, 32],
    augment: {
      squeeze: [0.5, 0.35],
      rotation: [0.4, 0.05],
      elastic: [0.3, 0.35],
      kerning: [0.4, 0.4],
      'glyph-jitter': [0.2, 0.5],
      'stroke-weight': [0.7, 1],
    },
    tones: { ...WHITE, paper: [215, 255], ink: [0, 60], contrast: 110, inverted: 0.03, textured: 0.15 },
    wholePixels: 0.2,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.12, rule: 0.16, box: 0.12, gap: 0.08, leaders: 0.02, neighbours: 0.15 },
  },
  typewriter: {
    weight: 11,
    degrade: 'typewriter',
    kinds: { sentence: 6, mixed: 1, number: 0.8, caps: 1.2, form: 0.7 },
    words: 0.04,
    faces: { typewriter: 8, mono: 1.5, serif: 0.15 },
    height: [10, 22, 42],
    augment: {
      squeeze: [0.4, 0.2],
      rotation: [0.4, 0.04],
      elastic: [0.35, 0.3],
      'glyph-jitter': [0.85, 1],
      'stroke-weight': [0.75, 1],
      kerning: [0.2, 0.15],
    },
    tones: { ...WHITE, paper: [190, 255], ink: [0, 130], contrast: 70, inverted: 0.01, textured: 0.5 },
    wholePixels: 0,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.08, rule: 0.03, box: 0.02, gap: 0.08, leaders: 0.02, neighbours: 0.2 },
  },
  receipt: {
    weight: 12,
    degrade: 'receipt',
    kinds: { receipt: 6, number: 2, caps: 1.2, code: 0.5, word: 0.6 },
    words: 0.08,
    faces: { mono: 4, sans: 4, pixel: 1, typewriter: 0.8, serif: 0.4 },
    height: [10, 24, 50],
    augment: {
      squeeze: [0.7, 0.6],
      rotation: [0.4, 0.06],
      elastic: [0.3, 0.3],
      kerning: [0.5, 0.6],
      'stroke-weight': [0.6, 1],
      'baseline-curve': [0.1, 0.15],
    },
    tones: { ...WHITE, paper: [185, 255], ink: [0, 150], contrast: 55, inverted: 0.03, textured: 0.35 },
    wholePixels: 0.2,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.02, rule: 0.06, box: 0.01, gap: 0.3, leaders: 0.01, neighbours: 0.2 },
  },
  book: {
    weight: 13,
    degrade: 'book',
    kinds: { sentence: 8, mixed: 0.8, caps: 0.6, number: 0.4 },
    words: 0.03,
    faces: { serif: 10, sans: 0.3, display: 0.1 },
    height: [14, 26, 48],
    augment: {
      squeeze: [0.3, 0.2],
      rotation: [0.4, 0.04],
      elastic: [0.4, 0.4],
      'baseline-curve': [0.15, 0.15],
      kerning: [0.45, 0.4],
      'glyph-jitter': [0.4, 0.35],
      'stroke-weight': [0.65, 1],
    },
    tones: { ...WHITE, paper: [200, 255], ink: [0, 90], inverted: 0, textured: 0.35 },
    wholePixels: 0,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.01, rule: 0.03, box: 0.01, gap: 0.08, leaders: 0.02, neighbours: 0.2 },
  },
  web: {
    weight: 8,
    degrade: 'web',
    kinds: { word: 5, mixed: 2, caps: 1.5, number: 1, code: 0.7, sentence: 1.5, scene: 2 },
    words: 0.5,
    faces: { sans: 7, serif: 2, mono: 0.4, display: 0.8, pixel: 0.2 },
    height: [8, 13, 30],
    augment: {
      squeeze: [0.25, 0.2],
      shear: [0.12, 0.8],
      kerning: [0.3, 0.3],
      'stroke-weight': [0.25, 0.6],
      rotation: [0.04, 0.2],
    },
    tones: {
      paper: [90, 255],
      ink: [0, 200],
      contrast: 90,
      inverted: 0.4,
      textured: 0.3,
      mostDeviation: 25,
    },
    wholePixels: 0.6,
    crop: { ink: 0.7, line: 0.25, loose: 0.05, tightSides: 0.7, wideSides: 0.02 },
    extras: { underline: 0.06, rule: 0.04, box: 0.02, gap: 0.01, leaders: 0, neighbours: 0.06 },
    effects: { contour: 0.05, hollow: 0.01, shadow: 0.12, panel: 0.05, clutter: 0.05 },
  },
  scene: {
    weight: 12,
    degrade: 'scene',
    kinds: { scene: 6, word: 2, caps: 1.5, number: 1 },
    words: 0.7,
    faces: { sans: 6, serif: 2.2, display: 2.6, handwriting: 0.9, mono: 0.3 },
    height: [10, 26, 58],
    augment: {
      squeeze: [0.5, 1],
      shear: [0.4, 0.8],
      rotation: [0.6, 0.9],
      perspective: [0.7, 1],
      elastic: [0.25, 0.7],
      'baseline-curve': [0.4, 0.95],
      kerning: [0.5, 0.9],
      'glyph-jitter': [0.1, 0.7],
      'stroke-weight': [0.4, 1],
    },
    tones: {
      paper: [25, 235],
      ink: [0, 255],
      contrast: 32,
      inverted: 0.5,
      textured: 0.65,
      mostDeviation: 45,
    },
    wholePixels: 0,
    crop: { ink: 0.5, line: 0.3, loose: 0.2, tightSides: 0.5, wideSides: 0.06 },
    extras: { underline: 0.02, rule: 0.05, box: 0.05, gap: 0, leaders: 0, neighbours: 0.12 },
    effects: { contour: 0.14, hollow: 0.03, shadow: 0.2, panel: 0.2, clutter: 0.35 },
  },
  photo: {
    weight: 6,
    degrade: 'photo',
    kinds: { ...TEXT, receipt: 1, caps: 1.3 },
    words: 0.08,
    faces: { serif: 4, sans: 5, mono: 0.7, display: 0.5, typewriter: 0.3 },
    height: [10, 21, 46],
    augment: {
      squeeze: [0.4, 0.35],
      shear: [0.25, 0.5],
      rotation: [0.6, 0.1],
      perspective: [0.5, 0.4],
      elastic: [0.3, 0.4],
      'baseline-curve': [0.3, 0.25],
      kerning: [0.3, 0.4],
      'stroke-weight': [0.4, 0.8],
    },
    tones: {
      ...WHITE,
      paper: [110, 245],
      ink: [0, 150],
      contrast: 60,
      inverted: 0.12,
      textured: 0.7,
      mostDeviation: 22,
    },
    wholePixels: 0,
    crop: DOCUMENT_CROP,
    extras: { underline: 0.04, rule: 0.06, box: 0.04, gap: 0.08, leaders: 0.01, neighbours: 0.2 },
  },
};
