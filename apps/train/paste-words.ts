/**
 * Photographs with real words pasted on them: crops of word sets bring the lettering of the world, photographs without
 * text what it stands before. Pieces of other photographs are pasted alike, so that the edge of a paste tells nothing.
 */
import type { GrayImage, LabelledLine, PageSample, Point, Quad } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import { cropQuad } from '../../models/runtime/rectify.js';
import { resizeGray } from '../../models/runtime/resample.js';
import { invert, rectangleToQuad } from '../../synth/page/capture/projection.js';
import { smear, soften } from '../../synth/page/capture/soften.js';

export interface PasteSources {
  /** Crops of single words, upright, tight. */
  readonly words: readonly { readonly image: GrayImage; readonly text: string }[];
  readonly photos: readonly GrayImage[];
}

/** Shorter side of a picture in pixels. */
const SIDE = [360, 900] as const;
/** Height of a word: log-uniform, at most this share of the picture's. */
const LEAST_HEIGHT = 9;
const MOST_SHARE = 0.32;
/** What real crops hold above and below the letters, as a share of their height. */
const MARGIN = 0.06;

interface Patch {
  readonly image: GrayImage;
  readonly text?: string;
}

export function pasteWords({ words, photos }: PasteSources, random: Random): PageSample {
  const ground = random.pick(photos);
  const [low, high] = SIDE;
  const side = low * (high / low) ** random.next();
  const scale = side / Math.min(ground.width, ground.height);
  const image = resizeGray(ground, Math.round(ground.width * scale), Math.round(ground.height * scale));
  if (random.chance(0.4)) dim(image, random.range(0.25, 0.9), random.range(0, 40));
  const lines: LabelledLine[] = [];
  const taken: { x: number; y: number; reach: number }[] = [];
  const count = random.chance(0.12) ? 0 : random.int(1, 9);
  for (let i = 0; i < count; i++) {
    const word = random.chance(0.8);
    const patch = word ? rowOf(words, random) : pieceOf(random.pick(photos), random);
    const ratio = patch.image.width / patch.image.height;
    const most = Math.min(MOST_SHARE * image.height, (0.9 * image.width) / ratio);
    if (most < LEAST_HEIGHT) continue;
    const height = LEAST_HEIGHT * (most / LEAST_HEIGHT) ** random.next();
    const width = height * ratio;
    const x = random.range(0, image.width);
    const y = random.range(0, image.height);
    const reach = Math.hypot(width, height) / 2;
    if (taken.some((other) => Math.hypot(other.x - x, other.y - y) < other.reach + reach)) continue;
    taken.push({ x, y, reach });
    const quad = placed(x, y, width, height, random);
    paste(
      image,
      adapted(patch.image, height, random),
      quad,
      random.chance(0.5) ? 0 : random.range(0.02, 0.2),
    );
    if (patch.text !== undefined) lines.push(labelled(patch.text, quad, image));
  }
  if (random.chance(0.3)) soften(image, random.int(1, 3));
  if (random.chance(0.12)) smear(image, random.range(2, 7), random.chance(0.3));
  return { image, lines };
}

/** One word, or a few of one height beside each other: what the detector is to see as one line. */
function rowOf(words: PasteSources['words'], random: Random): Patch {
  const count = random.weighted({ 1: 7, 2: 2, 3: 1 });
  const chosen = Array.from({ length: Number(count) }, () => random.pick(words));
  const height = Math.max(...chosen.map(({ image }) => image.height));
  const gap = Math.round(height * random.range(0.15, 0.4));
  const parts = chosen.map(({ image }) =>
    resizeGray(image, Math.max(1, Math.round((image.width * height) / image.height)), height),
  );
  const width = parts.reduce((sum, part) => sum + part.width + gap, -gap);
  const data = new Uint8Array(width * height);
  let left = 0;
  parts.forEach((part, i) => {
    const end = i === parts.length - 1 ? width : left + part.width + gap;
    for (let y = 0; y < height; y++) {
      const from = y * part.width;
      data.set(part.data.subarray(from, from + part.width), y * width + left);
      data.fill(part.data[from + part.width - 1]!, y * width + left + part.width, y * width + end);
    }
    left = end;
  });
  return { image: { width, height, data }, text: chosen.map(({ text }) => text).join(' ') };
}

function pieceOf(photo: GrayImage, random: Random): Patch {
  const height = random.range(0.1, 0.4) * photo.height;
  const width = Math.min(photo.width, height * random.range(1, 6));
  const x = random.range(0, photo.width - width);
  const y = random.range(0, photo.height - height);
  return { image: cropQuad(photo, box(x, y, width, height)) };
}

function placed(x: number, y: number, width: number, height: number, random: Random): Quad {
  const angle = random.chance(0.7)
    ? random.normal(0, 0.05)
    : random.chance(0.8)
      ? random.normal(0, 0.35)
      : random.pick([-1, 1]) * (Math.PI / 2);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Perspective: one end is lower than the other, and both lean.
  const taper = random.chance(0.4) ? random.range(-0.2, 0.2) : 0;
  const lean = random.chance(0.3) ? random.range(-0.25, 0.25) * height : 0;
  const at = (u: number, v: number): Point => {
    const along = u * width - v * lean;
    const across = v * height * (1 + 2 * u * taper);
    return [x + along * cos - across * sin, y + along * sin + across * cos];
  };
  return [at(-0.5, -0.5), at(0.5, -0.5), at(0.5, 0.5), at(-0.5, 0.5)];
}

/** The patch at about the size it will have, its tones changed as another light would. */
function adapted(patch: GrayImage, height: number, random: Random): GrayImage {
  const scale = Math.min(1, (1.3 * height) / patch.height);
  const width = Math.max(2, Math.round(patch.width * scale));
  const image = resizeGray(patch, width, Math.max(2, Math.round(patch.height * scale)));
  if (random.chance(0.25)) for (let i = 0; i < image.data.length; i++) image.data[i] = 255 - image.data[i]!;
  if (random.chance(0.5)) dim(image, random.range(0.5, 1), random.range(0, 60));
  return image;
}

function dim({ data }: GrayImage, gain: number, lift: number): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, data[i]! * gain + lift);
}

/** @param feather share of the patch's height over which its border fades into the ground */
function paste(image: GrayImage, patch: GrayImage, quad: Quad, feather: number): void {
  const { width, height, data } = image;
  const [a, b, c, d, e, f, g, h, i] = invert(rectangleToQuad(patch.width, patch.height, quad));
  const xs = quad.map(([x]) => x);
  const ys = quad.map(([, y]) => y);
  const [left, right] = [
    Math.max(0, Math.floor(Math.min(...xs))),
    Math.min(width, Math.ceil(Math.max(...xs))),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(Math.min(...ys))),
    Math.min(height, Math.ceil(Math.max(...ys))),
  ];
  const fade = Math.max(0.5, feather * patch.height);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const w = g * (x + 0.5) + h * (y + 0.5) + i;
      const u = (a * (x + 0.5) + b * (y + 0.5) + c) / w;
      const v = (d * (x + 0.5) + e * (y + 0.5) + f) / w;
      const inside = Math.min(u, v, patch.width - u, patch.height - v);
      if (!(inside > 0)) continue;
      const value = bilinear(patch, u - 0.5, v - 0.5);
      const alpha = Math.min(1, inside / fade);
      const at = y * width + x;
      data[at] = data[at]! + (value - data[at]!) * alpha + 0.5;
    }
  }
}

function bilinear({ width, height, data }: GrayImage, x: number, y: number): number {
  const px = Math.max(0, Math.min(width - 1, x));
  const py = Math.max(0, Math.min(height - 1, y));
  const x0 = Math.min(width - 2, px | 0);
  const y0 = Math.min(height - 2, py | 0);
  const fx = px - x0;
  const fy = py - y0;
  const at = y0 * width + x0;
  const upper = data[at]! + (data[at + 1]! - data[at]!) * fx;
  const lower = data[at + width]! + (data[at + width + 1]! - data[at + width]!) * fx;
  return upper + (lower - upper) * fy;
}

/** Words that reach beyond the picture are no longer words: they are ignored. */
function labelled(text: string, quad: Quad, { width, height }: GrayImage): LabelledLine {
  const out = quad.some(([x, y]) => x < -4 || y < -4 || x > width + 4 || y > height + 4);
  const between = (p: Point, q: Point, share: number): Point => [
    p[0] + (q[0] - p[0]) * share,
    p[1] + (q[1] - p[1]) * share,
  ];
  const [a, b, c, d] = quad;
  const inner: Quad = [
    between(a, d, MARGIN),
    between(b, c, MARGIN),
    between(b, c, 1 - MARGIN),
    between(a, d, 1 - MARGIN),
  ];
  return { text, quad: inner, ...(out && { ignore: true }) };
}

function box(x: number, y: number, width: number, height: number): Quad {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}
