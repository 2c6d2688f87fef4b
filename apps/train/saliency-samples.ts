/** Labelled photographs as training samples: views of them as squares, with changed colours, and what is learnt from them. */
import { Random } from '../../models/base/random.js';
import { type SegmentFeeds, segmentFeeds } from '../../models/saliency/segment-feeds.js';
import { loadSharp } from '../files/decode-image.js';
import { colourChange, degrade } from './saliency-disturb.js';
import { paste, randomPaste } from './saliency-paste.js';
import { outline, outlineWeight } from './saliency-targets.js';
import { lookThrough, type MaskedPhoto, randomView, sizeForView, type ViewRange } from './saliency-views.js';
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

export interface Augmentation extends ViewRange {
  /** How far colours stray, in [0, 1]. */
  readonly colour: number;
  /** How often a photograph is blurred or gets noise, in [0, 1]. */
  readonly degrade: number;
  /** Chance that another photograph's object is put into one. */
  readonly paste: number;
}

/** Crops and colours a little changed, nothing else. */
export const MILD_AUGMENTATION: Augmentation = {
  minCrop: 0.75,
  maxCrop: 1,
  rotation: 0,
  colour: 1,
  degrade: 0,
  paste: 0,
};

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
          addSample(
            made,
            i,
            photo,
            new Random(seed, 'other', index * batch + i).pick(photos),
            new Random(seed, 'photo', index * batch + i),
            plan.augmentation,
          ),
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
  other: LabelledPhoto,
  random: Random,
  augmentation: Augmentation,
): Promise<Uint8Array> {
  const { side } = to;
  const count = side * side;
  const size = await sizeOf(photo);
  const view = randomView(random, size.width / size.height, augmentation);
  const pasted = random.chance(augmentation.paste) ? await decodeLabelled(other) : undefined;
  const pasteView = pasted && randomPaste(random, pasted);
  const change = colourChange(random, augmentation.colour);
  const pixels = new Uint8Array(3 * count);
  const own = to.mask.subarray(at * count, (at + 1) * count);
  const decoded = await decodeLabelled(photo, sizeForView(size, view, side));
  lookThrough(decoded, view, side, (index, red, green, blue, mask) => {
    pixels[3 * index] = Math.round(red);
    pixels[3 * index + 1] = Math.round(green);
    pixels[3 * index + 2] = Math.round(blue);
    own[index] = mask / 255;
  });
  if (pasted && pasteView) paste(pasted, pasteView, side, pixels, own);
  degrade(random, augmentation.degrade, pixels, side);
  change(pixels, to.data.subarray(3 * at * count, 3 * (at + 1) * count));
  outlineWeight(own, side, to.weight.subarray(at * count, (at + 1) * count));
  outline(own, side, to.contour.subarray((at * count) / 4, ((at + 1) * count) / 4));
  return pixels;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

async function sizeOf({ mask }: LabelledPhoto): Promise<Size> {
  const { width, height } = await (await loadSharp(1))(mask).metadata();
  return { width, height };
}

/** @param size that of the mask when not given */
export async function decodeLabelled(photo: LabelledPhoto, size?: Size): Promise<MaskedPhoto> {
  const sharp = await loadSharp(1);
  const { width, height } = size ?? (await sizeOf(photo));
  const open = (path: string) => sharp(path).resize(width, height, { fit: 'fill', kernel: 'linear' });
  const [pixels, mask] = await Promise.all([
    open(photo.image).toColourspace('srgb').removeAlpha().raw().toBuffer(),
    open(photo.mask).toColourspace('b-w').raw().toBuffer(),
  ]);
  return { width, height, pixels, mask };
}
