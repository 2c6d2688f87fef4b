/** Measures a recognizer, a page reader or a detector on labelled sets, and shows the figures as a table. */

import type { Recognizer } from '../../../models/recognizer/reading.js';
import { decodePages } from '../../files/decode-image.js';
import { pageText } from '../../ocr/formats/text.js';
import type { PageReader } from '../../ocr/read-page.js';
import { HEADLINE_SETS, readSet } from '../read-set.js';
import { loadLabels } from '../scoring/labels.js';
import { type SetScore, scoreSet } from '../scoring/score.js';
import { type Column, markdownTable } from './markdown-table.js';
import type { NamedSet } from './sets.js';

export interface Evaluation {
  /** As it was selected: `lines/scribeocr`. */
  readonly id: string;
  readonly score: SetScore;
  readonly readings: ReadonlyMap<string, string>;
}

export interface EvaluateOptions {
  readonly decoder?: 'greedy' | 'beam';
  readonly signal?: AbortSignal;
  readonly onSet?: (evaluation: Evaluation) => void | Promise<void>;
}

/** Reads the crops of line and word sets. @throws data_missing, invalid_data, interrupted */
export async function evaluateRecognizer(
  recognizer: Recognizer,
  sets: readonly NamedSet[],
  { decoder = 'beam', signal, onSet }: EvaluateOptions = {},
): Promise<Evaluation[]> {
  const evaluations: Evaluation[] = [];
  for (const { id, folder } of sets) {
    signal?.throwIfAborted();
    const evaluation = { id, ...(await readSet(folder, recognizer, 1, decoder)) };
    evaluations.push(evaluation);
    await onSet?.(evaluation);
  }
  return evaluations;
}

const MODES = { lines: 'line', words: 'word', pages: 'page' } as const;

/** Reads pages or crops as `pocketlens ocr` does in the mode of their kind. @throws data_missing, invalid_data, interrupted */
export async function evaluateReader(
  reader: PageReader,
  sets: readonly NamedSet[],
  { decoder, signal, onSet }: EvaluateOptions = {},
): Promise<Evaluation[]> {
  const evaluations: Evaluation[] = [];
  for (const { id, folder, kind } of sets) {
    const labels = loadLabels(folder);
    const readings = new Map<string, string>();
    for (const { file, path } of labels.samples) {
      readings.set(
        file,
        await readFileText(reader, path, MODES[kind], {
          ...(decoder && { decoder }),
          ...(signal && { signal }),
        }),
      );
    }
    const evaluation = { id, score: scoreSet(labels, readings), readings };
    evaluations.push(evaluation);
    await onSet?.(evaluation);
  }
  return evaluations;
}

/** The text of a file's first page. */
export async function readFileText(
  reader: PageReader,
  path: string,
  mode: 'page' | 'line' | 'word',
  options: {
    readonly decoder?: 'greedy' | 'beam';
    readonly signal?: AbortSignal;
    readonly threads?: number;
  } = {},
): Promise<string> {
  const { threads, ...rest } = options;
  for await (const { image } of decodePages({ path }, threads === undefined ? {} : { threads })) {
    return pageText({ number: 1, ...(await reader.readPage(image, { mode, ...rest })) });
  }
  return '';
}

const FIGURES = [
  ['cer', 'CER %'],
  ['medianCer', 'median CER %'],
  ['wer', 'WER %'],
  ['exact', 'exact %'],
  ['accuracy', 'accuracy %'],
  ['wordF1', 'word F1 %'],
] as const satisfies readonly (readonly [keyof SetScore, string])[];

/** One row a set; figures that no set has are left out. */
export function evaluationTable(evaluations: readonly Pick<Evaluation, 'id' | 'score'>[]): string {
  const figures = FIGURES.filter(([key]) => evaluations.some(({ score }) => score[key] !== undefined));
  const columns: Column[] = [
    { title: 'set', align: 'left' },
    { title: 'n' },
    ...figures.map(([, title]) => ({ title })),
  ];
  const rows = evaluations.map(({ id, score }) => [
    id,
    String(score.n),
    ...figures.map(([key]) => score[key]?.toFixed(2)),
  ]);
  const mean = meanLineCer(evaluations);
  if (mean !== undefined)
    rows.push([
      `mean of ${HEADLINE_SETS.length} line sets`,
      '',
      mean.toFixed(2),
      ...figures.slice(1).map(() => ''),
    ]);
  return markdownTable(columns, rows);
}

/** Mean CER of the line sets that make the recognizer's one figure; undefined where one of them is missing. */
export function meanLineCer(evaluations: readonly Pick<Evaluation, 'id' | 'score'>[]): number | undefined {
  const cers = HEADLINE_SETS.map((set) => evaluations.find(({ id }) => id === set)?.score.cer);
  if (cers.some((cer) => cer === undefined)) return undefined;
  return (cers as number[]).reduce((sum, cer) => sum + cer, 0) / cers.length;
}
