/** Reads a labelled set with a recognizer and scores it; loads real crops as training samples. */
import { join } from 'node:path';
import { dataPath } from '../../models/base/paths.js';
import type { LineSample } from '../../models/base/image.js';
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
export async function readSet(folder: string, recognizer: Recognizer, every = 1, decoder: 'greedy' | 'beam' = 'greedy'): Promise<{
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

/**
 * Real training crops of sets below `ocr/train`. Labels that were upper-cased teach the wrong case: `restoreCase` reads
 * such crops and takes the reading's case where the letters agree; without it, those sets are refused.
 */
export async function loadRealLines(sets: readonly string[], restoreCase?: Recognizer): Promise<LineSample[]> {
  const samples: LineSample[] = [];
  for (const set of sets) {
    const labels = loadLabels(join(dataPath('ocr', 'train'), set));
    const loaded: LineSample[] = [];
    for (const { path, text } of labels.samples) loaded.push({ image: await loadGray(path), text });
    if (!labels.fold && loaded.some(({ text }) => /\p{Ll}/u.test(text))) samples.push(...loaded);
    else if (restoreCase) {
      const readings = await restoreCase.read(loaded.map(({ image }) => image));
      loaded.forEach((sample, i) => {
        const text = withCaseOf(sample.text, readings[i]!.text);
        if (text !== undefined) samples.push({ ...sample, text });
      });
    }
  }
  return samples;
}

/** The label in the reading's case, where both hold the same letters or the reading has no small letter at all. */
export function withCaseOf(label: string, reading: string): string | undefined {
  const wanted = [...label.normalize('NFC')];
  const read = [...reading];
  if (!read.some((c) => /\p{Ll}/u.test(c))) return label;
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
