/** Folders of `images/` and `masks/`, a mask for each image by the same name. */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { GrayImage } from '../../../../models/base/image.js';
import { decodePicture } from '../../../files/decode-picture.js';

export interface SaliencySample {
  /** Name of both files without the suffix. */
  readonly id: string;
  readonly image: string;
  readonly mask: string;
}

export interface SaliencySet {
  /** Name of the folder. */
  readonly name: string;
  /** By name, in the order of code points. */
  readonly samples: readonly SaliencySample[];
}

export function isSaliencyFolder(folder: string): boolean {
  return ['images', 'masks'].every(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() ?? false,
  );
}

/** @throws data_missing where it is no such folder or empty, invalid_data for a mask without its image */
export function loadSaliencySet(folder: string): SaliencySet {
  const masks = isSaliencyFolder(folder) ? visibleFiles(join(folder, 'masks')) : [];
  if (masks.length === 0) {
    throw new PocketlensError('data_missing', `Expected images/ and masks/ in ${folder} but found none.`, {
      remedy: 'Name a folder with images/ID.jpg (or another format) and masks/ID.png.',
    });
  }
  const images = new Map(visibleFiles(join(folder, 'images')).map((file) => [stem(file), file]));
  const samples = masks.map((file): SaliencySample => {
    const image = images.get(stem(file));
    if (image !== undefined)
      return { id: stem(file), image: join(folder, 'images', image), mask: join(folder, 'masks', file) };
    throw new PocketlensError(
      'invalid_data',
      `Expected an image for the mask ${file} in ${folder} but found none.`,
      {
        remedy: `Put ${stem(file)}.jpg (or another format) into images/, or take the mask away.`,
      },
    );
  });
  return { name: basename(resolve(folder)), samples };
}

/** The set, or so many of its samples, spread over all of it. */
export function limitSaliencySet(set: SaliencySet, limit: number | undefined): SaliencySet {
  const { samples } = set;
  if (limit === undefined || samples.length <= limit) return set;
  const picked = Array.from({ length: limit }, (_, i) => samples[Math.floor((i * samples.length) / limit)]!);
  return { ...set, samples: picked };
}

/**
 * The grey values of a mask or a map as they stand in the file, transparency ignored; colours become luma by the weights
 * of ITU-R 601, rounded as Pillow does.
 * @throws what decoding throws
 */
export async function loadGrayValues(path: string): Promise<GrayImage> {
  const { width, height, data } = await decodePicture({ path });
  const gray = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < gray.length; i++, at += 3)
    gray[i] = (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;
  return { width, height, data: gray };
}

function visibleFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

function stem(file: string): string {
  return file.slice(0, file.length - extname(file).length);
}
