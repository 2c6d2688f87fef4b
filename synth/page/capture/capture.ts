/**
 * From a drawn sheet to the image of it: how it lay under the scanner or before the camera, then what paper, light, lens
 * and file did to its tones. Labels move with the picture; those that can no longer be read are marked to be ignored.
 */
import { createCanvas, Image } from '@napi-rs/canvas';
import type { GrayImage, LabelledLine, PageSample, Point, Quad } from '../../../models/base/image.js';
import type { Random } from '../../../models/base/random.js';
import { type DegradeProfile, rasterAugmentations } from '../../augment/raster.js';
import { textureBackground } from '../../render/background.js';
import type { TextureStore } from '../../render/textures.js';
import { copierNoise } from './copier-noise.js';
import { drawPlacement } from './placement.js';
import { IDENTITY, project, warp } from './projection.js';
import { smear, soften } from './soften.js';

export type CaptureKind = 'screen' | DegradeProfileOfPages;
type DegradeProfileOfPages = Exclude<DegradeProfile, 'web'>;

/** Chance and greatest strength of the raster augmentations that are fast enough for whole pages. */
type Chain = Readonly<Record<string, readonly [chance: number, strength: number]>>;

const INK: Readonly<Record<CaptureKind, Chain>> = {
  screen: {},
  clean: { 'ink-bleed': [0.05, 0.3], halftone: [0.03, 0.6] },
  scan: { 'ink-bleed': [0.25, 0.7], blotches: [0.15, 0.5], halftone: [0.04, 0.6], 'paper-grain': [0.3, 0.6] },
  fax: { 'ink-bleed': [0.35, 0.8], blotches: [0.2, 0.7] },
  typewriter: {
    'ink-bleed': [0.4, 0.9],
    'typewriter-ribbon': [0.8, 1],
    blotches: [0.2, 0.6],
    'paper-grain': [0.5, 1],
  },
  receipt: { 'ink-bleed': [0.2, 0.6], 'thermal-fade': [0.6, 0.9], 'paper-grain': [0.2, 0.6] },
  book: { 'ink-bleed': [0.45, 0.9], blotches: [0.3, 0.6], 'paper-grain': [0.4, 0.8] },
  photo: { 'ink-bleed': [0.1, 0.5], 'paper-grain': [0.25, 0.7] },
  scene: {},
};

const LIGHT: Readonly<Record<CaptureKind, Chain>> = {
  screen: { resample: [0.3, 0.6], 'gaussian-noise': [0.05, 0.3], tone: [0.1, 0.4] },
  clean: { resample: [0.2, 0.4], tone: [0.1, 0.4] },
  scan: {
    'uneven-lighting': [0.25, 0.5],
    resample: [0.35, 0.7],
    threshold: [0.22, 0.7],
    'gaussian-noise': [0.3, 0.5],
    speckle: [0.3, 0.7],
    streaks: [0.1, 0.7],
    tone: [0.2, 0.6],
  },
  fax: { fax: [0.55, 0.9], threshold: [0.4, 0.9], speckle: [0.5, 1], streaks: [0.2, 0.9] },
  typewriter: {
    'uneven-lighting': [0.2, 0.5],
    resample: [0.3, 0.7],
    threshold: [0.25, 0.8],
    'gaussian-noise': [0.25, 0.6],
    speckle: [0.3, 0.8],
    streaks: [0.08, 0.6],
    tone: [0.3, 0.7],
  },
  receipt: {
    'uneven-lighting': [0.3, 0.7],
    resample: [0.45, 0.8],
    threshold: [0.1, 0.6],
    'gaussian-noise': [0.25, 0.6],
    speckle: [0.15, 0.6],
    streaks: [0.1, 0.6],
    tone: [0.3, 0.8],
  },
  book: {
    'uneven-lighting': [0.25, 0.6],
    resample: [0.3, 0.7],
    threshold: [0.45, 0.8],
    'gaussian-noise': [0.2, 0.5],
    speckle: [0.35, 0.8],
    tone: [0.2, 0.6],
  },
  photo: {
    'uneven-lighting': [0.8, 1],
    resample: [0.35, 0.8],
    'gaussian-noise': [0.5, 0.9],
    tone: [0.3, 0.8],
  },
  scene: {
    'uneven-lighting': [0.5, 1],
    resample: [0.4, 0.9],
    'gaussian-noise': [0.45, 0.9],
    tone: [0.4, 0.9],
  },
};

/** Rounds of the blur at most, and the chance of a pass through JPEG. */
const LENS: Readonly<Record<CaptureKind, readonly [blur: number, rounds: number, jpeg: number]>> = {
  screen: [0.1, 1, 0.35],
  clean: [0.1, 1, 0.2],
  scan: [0.35, 2, 0.25],
  fax: [0.15, 1, 0.1],
  typewriter: [0.4, 3, 0.25],
  receipt: [0.4, 3, 0.3],
  book: [0.35, 2, 0.2],
  photo: [0.55, 4, 0.4],
  scene: [0.5, 5, 0.4],
};

/** Pages that have been through a copier. */
const COPIED: ReadonlySet<CaptureKind> = new Set(['scan', 'fax', 'typewriter', 'book']);
const BILEVEL: ReadonlySet<string> = new Set(['fax', 'threshold']);
const byName = new Map(rasterAugmentations.map((augmentation) => [augmentation.name, augmentation]));

/**
 * @param sheet is changed in place
 * @param strength scales every degradation, 0 to 1
 */
export function capture(
  sheet: GrayImage,
  labels: readonly LabelledLine[],
  kind: CaptureKind,
  random: Random,
  strength: number,
  textures?: TextureStore,
): PageSample {
  // Many are slightly damaged, few are damaged in every way.
  const severity = strength * (0.2 + 0.8 * random.next());
  let image = applyChain(sheet, INK[kind], random, severity);
  if ((kind === 'book' || kind === 'typewriter' || kind === 'scan') && random.chance(0.12 * severity))
    showThrough(image, random, severity);
  if (kind === 'photo' && textures && random.chance(0.5 * severity))
    foldIn(image, random, severity, textures);

  let lines = labels;
  const placement = drawPlacement(kind, image.width, image.height, random, strength);
  if (placement.map !== IDENTITY) {
    const { width, height, map } = placement;
    if (placement.shrink > 1.5) soften(image, 2);
    const ground = drawGround(width, height, placement.ground, random, textures);
    image = warp(image, map, ground);
    lines = labels.map((line) => mapLine(line, (point) => project(map, point)));
  }
  const [blur, rounds, jpeg] = LENS[kind];
  if (random.chance(blur * severity))
    soften(image, random.int(1, Math.max(1, Math.round(rounds * severity))));
  if ((kind === 'scene' || kind === 'photo') && random.chance(0.2 * severity))
    smear(image, random.range(2, 2 + 7 * severity), random.chance(0.3));
  image = applyChain(image, LIGHT[kind], random, severity);
  if (COPIED.has(kind) && random.chance(0.22 * severity)) copierNoise(image, random, severity);
  if (random.chance(jpeg * strength))
    image = throughJpeg(image, Math.round(random.range(92, 92 - 62 * severity)));
  return { image, lines: judge(image, lines) };
}

function applyChain(image: GrayImage, chain: Chain, random: Random, severity: number): GrayImage {
  let result = image;
  let bilevel = false;
  for (const [name, [chance, strength]] of Object.entries(chain)) {
    if (!random.chance(chance * Math.min(1, severity * 1.6)) || (bilevel && BILEVEL.has(name))) continue;
    if (BILEVEL.has(name)) bilevel = true;
    result = byName.get(name)!.apply(result, random, strength * severity);
  }
  return result;
}

/** The other side of the leaf, mirrored and faint. */
function showThrough({ width, height, data }: GrayImage, random: Random, severity: number): void {
  const share = random.range(0.06, 0.3) * severity;
  const shift = random.int(0, Math.floor(width / 3));
  const down = random.int(0, Math.floor(height / 4));
  const row = new Uint8Array(width);
  // From below, so that what is read has not been changed yet.
  for (let y = 0; y < height; y++) {
    const from = ((y + down) % height) * width;
    for (let x = 0; x < width; x++) row[x] = data[from + ((2 * width - 1 - x - shift) % width)]!;
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const value = data[i]!;
      const ghost = row[x]!;
      if (ghost < 200) data[i] = value - (value * (255 - ghost) * share) / 255;
    }
  }
}

/** Paper has its own texture: multiplied in. */
function foldIn(image: GrayImage, random: Random, severity: number, textures: TextureStore): void {
  const texture = textures.pick(random, ['paper', 'plaster', 'fabric']);
  const { width, height, data } = image;
  const ground = textureBackground(texture, width, height, 215, 1, 12 * severity, random);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, (data[i]! * ground.data[i]!) / 215);
}

function drawGround(
  width: number,
  height: number,
  tone: number | 'texture',
  random: Random,
  textures?: TextureStore,
): GrayImage {
  if (tone === 'texture' && textures) {
    return textureBackground(textures.pick(random), width, height, random.range(25, 230), 1.2, 60, random);
  }
  const value = tone === 'texture' ? random.range(20, 220) : tone;
  return { width, height, data: new Uint8Array(width * height).fill(value) };
}

function throughJpeg({ width, height, data }: GrayImage, quality: number): GrayImage {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer, pixels.data.byteOffset, width * height);
  for (let i = 0; i < words.length; i++) words[i] = (0xff000000 | (data[i]! * 0x10101)) >>> 0;
  context.putImageData(pixels, 0, 0);
  const image = new Image();
  image.src = canvas.toBuffer('image/jpeg', quality);
  context.drawImage(image, 0, 0);
  const back = context.getImageData(0, 0, width, height).data;
  for (let i = 0, k = 1; i < data.length; i++, k += 4) data[i] = back[k]!;
  return { width, height, data };
}

function mapLine(line: LabelledLine, move: (point: Point) => Point): LabelledLine {
  const quad = (q: Quad): Quad => [move(q[0]), move(q[1]), move(q[2]), move(q[3])];
  return {
    ...line,
    quad: quad(line.quad),
    ...(line.words && { words: line.words.map((word) => ({ text: word.text, quad: quad(word.quad) })) }),
  };
}

/** Grey levels between the dark and the light parts of a line below which it counts as illegible. */
const LEAST_CONTRAST = 16;

/** Lines outside the image go; lines cut by its border or without contrast are marked. */
function judge(image: GrayImage, lines: readonly LabelledLine[]): LabelledLine[] {
  const { width, height, data } = image;
  const judged: LabelledLine[] = [];
  for (const line of lines) {
    const [a, b, c, d] = line.quad;
    const histogram = new Uint16Array(32);
    let inside = 0;
    let all = 0;
    for (let v = 0; v < 9; v++) {
      const t = (v + 0.5) / 9;
      for (let u = 0; u < 40; u++) {
        const s = (u + 0.5) / 40;
        const x = Math.floor((a[0] * (1 - s) + b[0] * s) * (1 - t) + (d[0] * (1 - s) + c[0] * s) * t);
        const y = Math.floor((a[1] * (1 - s) + b[1] * s) * (1 - t) + (d[1] * (1 - s) + c[1] * s) * t);
        all++;
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        inside++;
        histogram[data[y * width + x]! >> 3]!++;
      }
    }
    if (inside < 0.3 * all) continue;
    const illegible = inside < 0.75 * all || spread(histogram, inside) < LEAST_CONTRAST;
    judged.push(illegible && !line.ignore ? { ...line, ignore: true } : line);
  }
  return judged;
}

/** Grey levels between the 4th and the 96th percentile of a histogram of 32 bins. */
function spread(histogram: Uint16Array, count: number): number {
  const at = (share: number) => {
    let left = share * count;
    for (let bin = 0; bin < 32; bin++) {
      left -= histogram[bin]!;
      if (left < 0) return bin * 8;
    }
    return 248;
  };
  return at(0.96) - at(0.04);
}
