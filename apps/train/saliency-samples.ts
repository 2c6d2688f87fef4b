/** Labelled photographs as training samples: decoded, cropped, squashed to a square, mirrored, with changed colours. */
import { Random } from '../../models/base/random.js';
import { type SegmentFeeds, segmentFeeds } from '../../models/saliency/segment-feeds.js';
import { loadSharp } from '../files/decode-image.js';
import type { SaliencySample } from './scoring/saliency/labelled-set.js';

/** Paths. The mask is grey: white is what stands out. */
export type LabelledPhoto = Pick<SaliencySample, 'image' | 'mask'>;

/** One batch as the network and its loss want it; squares of `side` pixels. */
export interface SaliencyBatch {
  readonly count: number;
  readonly side: number;
  /** [count, side, side, 3], RGB value / 127.5 − 1. */
  readonly data: Float32Array;
  /** [count, side, side, 1] in [0, 1]. */
  readonly mask: Float32Array;
  /** [count, side, side, 1], from 1 far from the object's outline to 6 at it. */
  readonly weight: Float32Array;
  /** [count, side / 2, side / 2, 1], 1 where the outline passes. */
  readonly contour: Float32Array;
  /** The segment stream's inputs of each image. */
  readonly segments?: readonly SegmentFeeds[];
}

export interface Augmentation {
  /** Least share of each side that a crop keeps; 1: no crops. */
  readonly minCrop: number;
  /** How far colours stray, in [0, 1]. */
  readonly colour: number;
}

/** Which photographs are in a batch, and at which size: the same for the same numbers. */
export interface BatchPlan {
  readonly photos: readonly LabelledPhoto[];
  readonly seed: number;
  readonly batch: number;
  /** Sides of the squares; each batch has one of them. */
  readonly sides: readonly number[];
  readonly augmentation: Augmentation;
  /** Most superpixels of each scale, for a network with a segment stream. */
  readonly segments?: readonly number[];
}

/** Makes batches by number. Every photograph is seen once before any is seen again. */
export function createBatchMaker(plan: BatchPlan): { make(index: number): Promise<SaliencyBatch> } {
  const { photos, seed, batch, sides } = plan;
  let order: { epoch: number; list: LabelledPhoto[] } | undefined;
  const photoAt = (sample: number): LabelledPhoto => {
    const epoch = Math.floor(sample / photos.length);
    if (order?.epoch !== epoch)
      order = { epoch, list: new Random(seed, 'epoch', epoch).shuffle([...photos]) };
    return order.list[sample % photos.length]!;
  };
  return {
    async make(index) {
      const side = new Random(seed, 'side', index).pick(sides);
      const made = emptyBatch(batch, side);
      // In order: `photoAt` keeps one epoch's order only.
      const chosen = Array.from({ length: batch }, (_, i) => photoAt(index * batch + i));
      const pixels = await Promise.all(
        chosen.map((photo, i) =>
          addSample(made, i, photo, new Random(seed, 'photo', index * batch + i), plan.augmentation),
        ),
      );
      const { segments: counts } = plan;
      if (!counts) return made;
      const segments = pixels.map((data) => segmentFeeds({ width: side, height: side, data }, counts));
      return { ...made, segments };
    },
  };
}

function emptyBatch(count: number, side: number): SaliencyBatch {
  const pixels = count * side * side;
  return {
    count,
    side,
    data: new Float32Array(3 * pixels),
    mask: new Float32Array(pixels),
    weight: new Float32Array(pixels),
    contour: new Float32Array(pixels / 4),
  };
}

/** @returns the square's pixels before their colours were changed */
async function addSample(
  to: SaliencyBatch,
  at: number,
  photo: LabelledPhoto,
  random: Random,
  { minCrop, colour }: Augmentation,
): Promise<Uint8Array> {
  const sharp = await loadSharp(1);
  const { side } = to;
  const { width, height } = await sharp(photo.mask).metadata();
  const cut = (size: number) => {
    const length = Math.max(16, Math.min(size, Math.round(size * random.range(minCrop, 1))));
    return { length, start: random.int(0, Math.max(0, size - length)) };
  };
  const across = cut(width);
  const down = cut(height);
  const mirrored = random.chance(0.5);
  const change = colourChange(random, colour);
  const region = { left: across.start, top: down.start, width: across.length, height: down.length };
  const open = (path: string) =>
    sharp(path).extract(region).resize(side, side, { fit: 'fill', kernel: 'linear' }).flop(mirrored);
  const [pixels, mask] = await Promise.all([
    open(photo.image).toColourspace('srgb').removeAlpha().raw().toBuffer(),
    open(photo.mask).toColourspace('b-w').raw().toBuffer(),
  ]);
  const count = side * side;
  change(pixels, to.data.subarray(3 * at * count, 3 * (at + 1) * count));
  const own = to.mask.subarray(at * count, (at + 1) * count);
  for (let i = 0; i < count; i++) own[i] = mask[i]! / 255;
  outlineWeight(own, side, to.weight.subarray(at * count, (at + 1) * count));
  outline(own, side, to.contour.subarray((at * count) / 4, ((at + 1) * count) / 4));
  return pixels;
}

/** Contrast, brightness, colour balance and saturation, the same over the image. Writes RGB value / 127.5 − 1. */
function colourChange(random: Random, strength: number): (from: Uint8Array, to: Float32Array) => void {
  const contrast = Math.exp(random.normal(0, 0.15 * strength));
  const brightness = random.normal(0, 0.12 * strength);
  const saturation = random.chance(0.06 * strength) ? 0 : Math.exp(random.normal(0, 0.25 * strength));
  const gains = [0, 1, 2].map(() => contrast * Math.exp(random.normal(0, 0.05 * strength)));
  const [red, green, blue] = gains as [number, number, number];
  const limit = (v: number) => Math.max(-1, Math.min(1, v));
  return (from, to) => {
    for (let i = 0; i < to.length; i += 3) {
      const r = (from[i]! / 127.5 - 1) * red + brightness;
      const g = (from[i + 1]! / 127.5 - 1) * green + brightness;
      const b = (from[i + 2]! / 127.5 - 1) * blue + brightness;
      const grey = 0.299 * r + 0.587 * g + 0.114 * b;
      to[i] = limit(grey + saturation * (r - grey));
      to[i + 1] = limit(grey + saturation * (g - grey));
      to[i + 2] = limit(grey + saturation * (b - grey));
    }
  };
}

/** 1 + 5 |mean of the mask around − mask| (Wei et al. 2020), the window an eighth of the side. */
export function outlineWeight(mask: Float32Array, side: number, weight: Float32Array): void {
  const radius = Math.round(side / 16);
  const sums = new Float64Array((side + 1) * (side + 1));
  for (let y = 0; y < side; y++) {
    let row = 0;
    for (let x = 0; x < side; x++) {
      row += mask[y * side + x]!;
      sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1]! + row;
    }
  }
  for (let y = 0; y < side; y++) {
    const top = Math.max(0, y - radius) * (side + 1);
    const low = Math.min(side, y + radius + 1);
    const bottom = low * (side + 1);
    const rows = low - Math.max(0, y - radius);
    for (let x = 0; x < side; x++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(side, x + radius + 1);
      const sum = sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!;
      const i = y * side + x;
      weight[i] = 1 + 5 * Math.abs(sum / (rows * (right - left)) - mask[i]!);
    }
  }
}

/** 1 in each 2×2 block that holds, or touches, both object and background; at the image's rim there is no outline. */
export function outline(mask: Float32Array, side: number, contour: Float32Array): void {
  const half = side / 2;
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      let inside = false;
      let outside = false;
      for (let v = Math.max(0, 2 * y - 1); v < Math.min(side, 2 * y + 2); v++) {
        for (let u = Math.max(0, 2 * x - 1); u < Math.min(side, 2 * x + 2); u++) {
          if (mask[v * side + u]! >= 0.5) inside = true;
          else outside = true;
        }
      }
      contour[y * half + x] = inside && outside ? 1 : 0;
    }
  }
}
