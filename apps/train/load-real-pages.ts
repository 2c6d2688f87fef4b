/** Labelled pages of a data set as training samples of the line detector. */
import { join } from 'node:path';
import type { PageSample } from '../../models/base/image.js';
import { dataPath } from '../../models/base/paths.js';
import { mergeWords } from '../../models/detector/merge-words.js';
import { loadGray } from './load-gray.js';
import { loadLabels } from './scoring/labels.js';

/** Pages of a set below `ocr/train`; labels of single words or segments are joined to lines. @throws data_missing */
export async function loadRealPages(set: string): Promise<PageSample[]> {
  const { samples } = loadLabels(join(dataPath('ocr', 'train'), set));
  const pages: PageSample[] = [];
  for (const { path, lines } of samples) {
    if (lines?.length) pages.push({ image: await loadGray(path), lines: mergeWords(lines) });
  }
  return pages;
}
