/** Reads a labelled set with a recognizer and scores it; loads real crops as training samples. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expected, PocketlensError } from '../../models/base/errors.js';
import type { LineSample } from '../../models/base/image.js';
import { cacheFolder, dataPath } from '../../models/base/paths.js';
import type { Recognizer } from '../../models/recognizer/reading.js';
import { loadGray } from './load-gray.js';
import { hasPlainSign, withCaseOf, withSignsOf } from './restore-label.js';
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
 * Real training crops of a set below `ocr/train`. Labels of data sets lack what `reader`, a recognizer trained on rendered
 * text, restores: the case of upper-cased ones (crops whose reading differs in more than that are left out), and curly
 * quotes and dashes, which are labelled as plain ones. Without a reader such quotes and dashes stay plain.
 * @throws invalid_data where a set is upper-cased and nothing can restore its case
 */
export async function loadRealLines(set: string, reader?: Recognizer): Promise<LineSample[]> {
  const folder = trainFolder(set);
  if (set.startsWith(PSEUDO_PREFIX) && !existsSync(folder)) {
    throw expected('data_missing', `crops that PP-OCR labelled as "${set}"`, 'training', 'none', {
      remedy: `Make them: pocketlens train pseudo-label FOLDER --name ${set.slice(PSEUDO_PREFIX.length)}.`,
    });
  }
  const labels = loadLabels(folder);
  // Pseudo-labels took their case from what labelled them.
  const upperCased = labels.fold && !set.startsWith(PSEUDO_PREFIX);
  if (upperCased && !reader) {
    throw new PocketlensError(
      'invalid_data',
      `Expected labels in their own case but those of ${set} are upper-cased.`,
      {
        remedy: 'Start from trained weights with --init, which then read the case, or leave the set out.',
      },
    );
  }
  const loaded: LineSample[] = [];
  for (const { path, text } of labels.samples) loaded.push({ image: await loadGray(path), text });
  if (!reader) return loaded;
  const restored: LineSample[] = [];
  for (let i = 0; i < loaded.length; i += 64) {
    const part = loaded.slice(i, i + 64);
    const unsure = part.filter(({ text }) => upperCased || hasPlainSign(text));
    const readings = await reader.read(unsure.map(({ image }) => image));
    const readingOf = new Map(unsure.map((sample, k) => [sample, readings[k]!.text]));
    for (const sample of part) {
      const text = restore(sample.text, readingOf.get(sample), upperCased);
      if (text !== undefined) restored.push({ ...sample, text });
    }
  }
  return restored;
}

/** Undefined where the label's case cannot be restored. */
function restore(label: string, reading: string | undefined, upperCased: boolean): string | undefined {
  if (reading === undefined) return label;
  const cased = upperCased ? withCaseOf(label, reading) : label;
  return cased === undefined ? undefined : withSignsOf(cased, reading);
}
