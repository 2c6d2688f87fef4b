/**
 * Distillation from unlabelled photographs: a teacher, U²-Netp (Qin et al. 2020, Apache-2.0), says of each pixel how much it
 * stands out, and its maps become training masks, grey where it is unsure (soft targets, Hinton et al. 2015).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../models/base/make-folder.js';
import { decodePicture } from '../files/decode-picture.js';
import { expandInputs, type Input } from '../files/inputs.js';
import { writeFileWhole } from '../files/write-file.js';
import { onBackdrop } from '../saliency/backdrop.js';
import { encodePixels } from '../saliency/encode.js';
import { shrinkPicture } from '../saliency/shrink-picture.js';
import { writeMap } from './bench/evaluate-saliency.js';
import type { SaliencyPeer } from './bench/peers/saliency-peer.js';

export interface PseudoMaskOptions {
  /** A folder of photographs. */
  readonly photos: string;
  /** Folder to write: `images/` and `masks/`. */
  readonly output: string;
  readonly teacher: Pick<SaliencyPeer, 'open'>;
  /** Longest side of the photographs as they are kept: training looks at no more. */
  readonly side: number;
  /**
   * Photographs in which the teacher is sure of fewer pixels are left out, in [0, 1]: its maps are stretched to each photograph's
   * range, so that it finds something in every one.
   */
  readonly minSure: number;
  readonly signal?: AbortSignal;
  readonly onStart?: (total: number) => Promise<void>;
  readonly onPhoto?: (done: number) => void;
}

/** The teacher is sure of a pixel whose value is this near to 0 or 255. */
const UNSURE_FROM = 25;

/** @returns how many photographs there were, and how many were kept. @throws input_not_found, what decoding throws, interrupted */
export async function pseudoMask(options: PseudoMaskOptions): Promise<{ seen: number; kept: number }> {
  const { photos, output, side, minSure, signal, onPhoto } = options;
  const inputs = await listPhotos(photos);
  await options.onStart?.(inputs.length);
  for (const part of ['images', 'masks']) await makeFolder(join(output, part));
  const teacher = await options.teacher.open(signal);
  let kept = 0;
  try {
    for (const [index, { source, relative }] of inputs.entries()) {
      signal?.throwIfAborted();
      onPhoto?.(index);
      const name = relative.replace(/\.\w+$/, '').replace(/[\\/]/g, '-');
      const image = join(output, 'images', `${name}.webp`);
      const photo = onBackdrop(await shrinkPicture(await decodePicture(source), side));
      await writeFileWhole(image, await encodePixels({ ...photo, channels: 3 }, 'webp', { threads: 1 }));
      const { map } = await teacher.find(image, signal);
      const sure = map.data.reduce((sum, v) => sum + (v <= UNSURE_FROM || v >= 255 - UNSURE_FROM ? 1 : 0), 0);
      if (sure < minSure * map.data.length) {
        await rm(image);
        continue;
      }
      await writeMap(join(output, 'masks', `${name}.png`), map);
      kept += 1;
    }
  } finally {
    await teacher.close();
  }
  return { seen: inputs.length, kept };
}

function listPhotos(folder: string): Promise<Input[]> {
  const none = (async function* () {})();
  return expandInputs([folder], { stdin: none, maxBytes: 0 });
}
