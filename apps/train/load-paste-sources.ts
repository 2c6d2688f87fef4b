/** What `paste-words.ts` works with, from the data folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GrayImage } from '../../models/base/image.js';
import { dataPath } from '../../models/base/paths.js';
import { loadGray } from './load-gray.js';
import type { PasteSources } from './paste-words.js';
import { loadLabels } from './scoring/labels.js';

/** Photographs that are kept in memory: so many scenes are enough. */
const MOST_PHOTOS = 1500;

/**
 * @param sets word sets below `ocr/train`. @param photos folder below the data folder
 * @throws data_missing
 */
export async function loadPasteSources(sets: readonly string[], photos: string): Promise<PasteSources> {
  const crops = sets.flatMap((set) => loadLabels(join(dataPath('ocr', 'train'), set)).samples);
  const images = await loadAll(crops.map(({ path }) => path));
  const words = crops
    .map(({ text }, i) => ({ text, image: images[i]! }))
    // Crops that stand upright are turned words or single strokes; the smallest show no letters.
    .filter(({ image }) => image.height >= 8 && image.width >= 0.7 * image.height);
  const folder = dataPath(...photos.split('/'));
  const files = readdirSync(folder).sort();
  const step = Math.max(1, files.length / MOST_PHOTOS);
  const chosen: string[] = [];
  for (let i = 0; i < files.length; i += step) chosen.push(join(folder, files[Math.floor(i)]!));
  return { words, photos: await loadAll(chosen) };
}

/** Some at a time: decoding has threads of its own, and the memory is not theirs alone. */
async function loadAll(paths: readonly string[]): Promise<GrayImage[]> {
  const images: GrayImage[] = [];
  for (let i = 0; i < paths.length; i += 32)
    images.push(...(await Promise.all(paths.slice(i, i + 32).map(loadGray))));
  return images;
}
