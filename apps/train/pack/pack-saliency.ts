/** Labelled photographs with their superpixels, small enough to be sent to a machine that trains. */
import { join } from 'node:path';
import type { ColourImage, GrayImage } from '../../../models/base/image.js';
import { makeFolder } from '../../../models/base/make-folder.js';
import { resizeGray } from '../../../models/runtime/resample.js';
import { networkInput } from '../../../models/saliency/network-input.js';
import { SEGMENT_COUNTS } from '../../../models/saliency/superpixels/segment-inputs.js';
import { labPyramid, segmentPyramid } from '../../../models/saliency/superpixels/superpixels.js';
import { decodeLabelled, type LabelledPhoto } from '../saliency-samples.js';
import { writeWebp } from './write-webp.js';

/** Sides of the squares that photographs are squashed to: a little more than the network sees, so that views can be nearer. */
export const PHOTO_SIDE = 320;
/** Of the square that is cut into superpixels, as when the network is used. */
const NETWORK_SIDE = 288;
/** Every so-manieth pixel of the maps of segments is kept: the network pools and paints whole cells of 4 and 8. */
const SEGMENT_STEP = 2;
const QUALITY = 80;

export interface SaliencyPackOptions {
  readonly photos: readonly LabelledPhoto[];
  /** Folder to write: NAME.webp, NAME.mask.webp and NAME.segments.webp, whose colours are the numbers of the segments at the three scales. */
  readonly output: string;
  readonly signal?: AbortSignal;
  readonly onSample?: (done: number) => void;
}

/** @throws what decoding throws, output_unwritable, interrupted */
export async function packSaliency(options: SaliencyPackOptions): Promise<void> {
  const { photos, output, signal, onSample } = options;
  await makeFolder(output);
  for (const [index, photo] of photos.entries()) {
    signal?.throwIfAborted();
    const name = join(output, String(index).padStart(6, '0'));
    const { width, height, pixels, mask } = await decodeLabelled(photo);
    const image: ColourImage = { width, height, data: pixels };
    const labels: GrayImage = { width, height, data: mask };
    await writeWebp(`${name}.webp`, networkInput(image, PHOTO_SIDE).pixels, QUALITY);
    await writeWebp(`${name}.mask.webp`, resizeGray(labels, PHOTO_SIDE, PHOTO_SIDE));
    await writeWebp(`${name}.segments.webp`, segmentMap(networkInput(image, NETWORK_SIDE).pixels));
    onSample?.(index + 1);
  }
}

function segmentMap(image: ColourImage): ColourImage {
  const side = NETWORK_SIDE / SEGMENT_STEP;
  const scales = SEGMENT_COUNTS.length;
  const data = new Uint8Array(side * side * scales);
  const pyramid = labPyramid(image);
  SEGMENT_COUNTS.forEach((count, scale) => {
    const { labels } = segmentPyramid(pyramid, count);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++)
        data[(y * side + x) * scales + scale] = labels[SEGMENT_STEP * (y * NETWORK_SIDE + x)]!;
    }
  });
  return { width: side, height: side, data };
}
