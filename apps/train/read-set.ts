/** Reads a labelled set with a recognizer and scores it; loads real crops as training samples. */
import { join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import type { LineSample } from '../../models/base/image.js';
import { cacheFolder, dataPath } from '../../models/base/paths.js';
import type { Recognizer } from '../../models/recognizer/reading.js';
import { loadGray } from './load-gray.js';
import { loadLabels } from './scoring/labels.js';
import { type SetScore, scoreSet } from './scoring/score.js';

/** Line and word sets of the data folder's `dev` part that a recognizer is measured on. */
export const DEV_SETS = [
  'lines/scribeocr',
  'lines/sroie',
  'lines/old-books-en',
  'lines/ehri-typewritten-english',
  'lines/artcat-de-19c',
  'lines/funsd',
  'lines/fondue-en-print20',
  'lines/fondue-fr-print20',
  'lines/fondue-it-print20',
  'words/iiit5k',
  'words/svt',
  'words/icdar2015',
  'words/icdar2013-borndigital',
] as const;

/** The line sets whose mean CER is the recognizer's one figure. */
export const HEADLINE_SETS: readonly string[] = DEV_SETS.slice(0, 6);

/** @param every 1: all samples; n: each n-th only, for a quick look while training. */
export async function readSet(
  folder: string,
  recognizer: Recognizer,
  every = 1,
  decoder: 'greedy' | 'beam' = 'beam',
): Promise<{
  score: SetScore;
  readings: ReadonlyMap<string, string>;
}> {
  const labels = loadLabels(folder);
  const samples = labels.samples.filter((_, i) => i % every === 0);
  const readings = new Map<string, string>();
  for (let i = 0; i < samples.length; i += 64) {
    const part = samples.slice(i, i + 64);
    const crops = await Promise.all(part.map(({ path }) => loadGray(path)));
    const read = await recognizer.read(crops, { decoder });
    part.forEach(({ file }, k) => {
      readings.set(file, read[k]!.text);
    });
  }
  return { score: scoreSet({ ...labels, samples }, readings), readings };
}

/** Every figure of the dev sets, as "set.metric", and "mean-line-cer" of the headline sets. */
export async function devFigures(recognizer: Recognizer, every = 1): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  let sum = 0;
  for (const set of DEV_SETS) {
    const { score } = await readSet(dataPath('ocr', 'dev', set), recognizer, every);
    const name = set.split('/')[1]!;
    figures[`${name}.cer`] = score.cer;
    if (score.accuracy !== undefined) figures[`${name}.accuracy`] = score.accuracy;
    if (HEADLINE_SETS.includes(set)) sum += score.cer;
  }
  figures['mean-line-cer'] = sum / HEADLINE_SETS.length;
  return figures;
}

/** Prefix of the sets that `pocketlens train pseudo-label` wrote to the user's cache. */
export const PSEUDO_PREFIX = 'pseudo/';

/** Where a set that a run's configuration names lies: below `ocr/train`, or among the pseudo-labelled. */
export function trainFolder(set: string): string {
  return set.startsWith(PSEUDO_PREFIX)
    ? cacheFolder('pseudo-labels', set.slice(PSEUDO_PREFIX.length))
    : join(dataPath('ocr', 'train'), set);
}

/**
 * Real training crops of a set below `ocr/train`. Labels that were upper-cased teach the wrong case: `restoreCase` reads
 * such crops, and those whose reading agrees with the label but for its case are taken in the reading's case.
 * @throws invalid_data where a set is upper-cased and nothing can restore its case
 */
export async function loadRealLines(set: string, restoreCase?: Recognizer): Promise<LineSample[]> {
  const labels = loadLabels(trainFolder(set));
  const loaded: LineSample[] = [];
  for (const { path, text } of labels.samples) loaded.push({ image: await loadGray(path), text });
  if (!labels.fold || set.startsWith(PSEUDO_PREFIX)) return loaded;
  if (!restoreCase) {
    throw new PocketlensError(
      'invalid_data',
      `Expected labels in their own case but those of ${set} are upper-cased.`,
      {
        remedy: 'Start from trained weights with --init, which then read the case, or leave the set out.',
      },
    );
  }
  const readings = await restoreCase.read(loaded.map(({ image }) => image));
  return loaded.flatMap((sample, i) => {
    const text = withCaseOf(sample.text, readings[i]!.text);
    return text === undefined ? [] : [{ ...sample, text }];
  });
}

/** The label in the reading's case, where the two agree in length and in nearly all letters; undefined where they do not. */
export function withCaseOf(label: string, reading: string): string | undefined {
  const wanted = [...label.normalize('NFC')];
  const read = [...reading];
  if (wanted.length !== read.length) return undefined;
  let different = 0;
  const text = wanted.map((character, i) => {
    const other = read[i]!;
    if (other.toLowerCase() === character.toLowerCase()) return other;
    different += 1;
    return character;
  });
  return different <= Math.max(1, 0.1 * wanted.length) ? text.join('') : undefined;
}
