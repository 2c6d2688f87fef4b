/** Fits the spelling model to a corpus and writes its file. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import { fitSpelling, natsPerLetter } from '../../models/spelling/fit-spelling.js';
import type { SpellingModel } from '../../models/spelling/spelling-model.js';
import { WordCounts } from '../../models/spelling/word-counts.js';
import { readCorpus } from '../../synth/text/corpus.js';

export interface TrainSpellingOptions {
  readonly corpusFolder: string;
  readonly output: string;
  /** Words of the corpus that occur as often are known; those of the lists are without. */
  readonly leastCount: number;
  /** Text files of words, one a line. */
  readonly lists: readonly string[];
}

/** One word of so many is left out to judge by, before all are used. */
const HELD_OUT = 20;

/** @throws data_missing, invalid_data, input_not_found, output_unwritable */
export async function trainSpelling(options: TrainSpellingOptions): Promise<SpellingModel> {
  const words = new WordCounts();
  const languages = new Set<string>();
  for (const { text, language } of readCorpus(options.corpusFolder)) {
    words.add(text);
    languages.add(language);
  }
  const [judged, rest] = words.split(HELD_OUT);
  const nats = natsPerLetter(fitSpelling(rest, []), judged);
  const known = words.atLeast(options.leastCount);
  for (const list of options.lists) known.add(await readList(list));
  const metadata = {
    words: String(words.size),
    languages: [...languages].sort().join(' '),
    known: String(known.size),
    lists: options.lists.map((list) => basename(list)).join(' '),
    heldOutBitsPerLetter: (nats / Math.LN2).toFixed(3),
  };
  const model = fitSpelling(words, known, metadata);
  try {
    await writeFile(options.output, model.encode());
  } catch (cause) {
    throw new PocketlensError('output_unwritable', `Expected to write ${options.output} but could not.`, {
      remedy: 'Check the permissions and the free space.',
      cause,
    });
  }
  return model;
}

async function readList(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PocketlensError('input_not_found', `Expected a list of words but could not read ${path}.`, {
      remedy: 'Name a text file with one word a line.',
      cause,
    });
  }
}
