/** Where the labelled photographs of a training run lie: sets of the data folder, and those that a teacher labelled. */
import { cacheFolder, dataPath } from '../../models/base/paths.js';
import { PSEUDO_PREFIX } from './read-set.js';
import type { LabelledPhoto } from './saliency-samples.js';
import { loadSaliencySet } from './scoring/saliency/labelled-set.js';

/** Folder of a set: below `saliency/train`, or in the user's cache where its name begins with "pseudo/". */
export function saliencyTrainFolder(set: string): string {
  return set.startsWith(PSEUDO_PREFIX)
    ? cacheFolder('pseudo-masks', set.slice(PSEUDO_PREFIX.length))
    : dataPath('saliency', 'train', set);
}

/** @throws data_missing, invalid_data */
export function loadLabelledPhotos(sets: readonly string[]): LabelledPhoto[] {
  return sets.flatMap((set) =>
    loadSaliencySet(saliencyTrainFolder(set)).samples.map(({ image, mask }) => ({ image, mask })),
  );
}
