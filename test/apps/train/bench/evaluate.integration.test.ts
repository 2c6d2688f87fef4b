import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { evaluateRecognizer, evaluationTable, meanLineCer } from '../../../../apps/train/bench/evaluate.js';
import { detectorTable, evaluateDetector } from '../../../../apps/train/bench/evaluate-detector.js';
import { formatPredictions, writePredictions } from '../../../../apps/train/bench/predictions.js';
import { limitSamples, selectSets } from '../../../../apps/train/bench/sets.js';
import { HEADLINE_SETS } from '../../../../apps/train/read-set.js';
import { loadLabels } from '../../../../apps/train/scoring/labels.js';
import type { Quad } from '../../../../models/base/image.js';
import type { Detector } from '../../../../models/detector/detection.js';
import type { Recognizer } from '../../../../models/recognizer/reading.js';
import { temporaryFolder, writeCrops, writeImage } from './label-folders.js';

const data = temporaryFolder();
const dev = join(data, 'ocr', 'dev');

beforeAll(async () => {
  await writeCrops(join(dev, 'lines', 'receipts'), ['total 12', 'abcd', 'efgh']);
  await writeCrops(join(dev, 'words', 'signs'), ['EXIT', 'Stop']);
});

/** Reads by the width of the crop. */
function stub(texts: readonly string[]): Recognizer {
  return {
    read: async (crops) =>
      crops.map(({ width }) => ({ text: texts[width - 20] ?? '', confidence: 1, characters: [] })),
    dispose: async () => {},
  };
}

test('a recognizer is scored set by set and its readings are kept', async () => {
  const sets = selectSets(['lines', 'words'], { data });
  expect(sets.map(({ id }) => id)).toEqual(['lines/receipts', 'words/signs']);
  const evaluations = await evaluateRecognizer(stub(['total 12', 'abxd', 'efgh']), sets);
  expect(evaluations[0]!.score).toMatchObject({ n: 3, cer: 6.25, wer: 25, exact: 66.67 });
  // "EXIT" was read "total 12".
  expect(evaluations[1]!.score).toMatchObject({ n: 2, accuracy: 0 });
  expect([...evaluations[0]!.readings]).toEqual([
    ['0.png', 'total 12'],
    ['1.png', 'abxd'],
    ['2.png', 'efgh'],
  ]);
  const table = evaluationTable(evaluations);
  expect(table).toMatch(/\| lines\/receipts +\| +3 \| +6\.25 \| +25\.00 \| +66\.67 \| +– \|/);
  expect(table).not.toContain('word F1');
  expect(table).not.toContain('mean of');
});

test('the mean stands below the table when all headline sets are there', () => {
  const score = { set: 'x', kind: 'lines', missing: 0, n: 1, cer: 3 } as const;
  const evaluations = HEADLINE_SETS.map((id, i) => ({ id, score: { ...score, cer: i } }));
  expect(meanLineCer(evaluations)).toBeCloseTo(2.5);
  expect(evaluationTable(evaluations)).toMatch(/mean of 6 line sets +\| +\| +2\.50 \|/);
  expect(meanLineCer(evaluations.slice(1))).toBeUndefined();
});

test('sets are chosen by name, by kind and by folder', () => {
  const ids = (names: string[]) => selectSets(['lines', 'words'], { data, names }).map(({ id }) => id);
  expect(ids(['signs'])).toEqual(['words/signs']);
  expect(ids(['words', 'words/signs', 'lines/receipts'])).toEqual(['words/signs', 'lines/receipts']);
  const folder = join(dev, 'lines', 'receipts');
  expect(selectSets(['lines'], { names: [folder] })).toEqual([{ id: folder, folder, kind: 'lines' }]);
  expect(() => ids(['nothing'])).toThrowError(/Expected a folder of lines or words.*"nothing"/);
  expect(() => selectSets(['pages'], { data, names: [folder] })).toThrowError(/folder of pages/);
  expect(() => selectSets(['lines'], { data: join(data, 'ocr') })).toThrowError(/ocr\/dev/);
});

test('a limit takes samples from all over the set', async () => {
  const folder = join(temporaryFolder(), 'many');
  await writeCrops(
    folder,
    Array.from({ length: 10 }, (_, i) => String(i)),
  );
  const files = (limit: number) => limitSamples(loadLabels(folder), limit).samples.map(({ file }) => file);
  expect(files(3)).toEqual(['0.png', '3.png', '6.png']);
  expect(files(20)).toHaveLength(10);
});

test('predictions are one row a file, line ends written as \\n', async () => {
  const readings = new Map([
    ['a.webp', 'one\ntwo'],
    ['b.webp', ''],
  ]);
  expect(formatPredictions(readings)).toBe('a.webp\tone\\ntwo\nb.webp\t\n');
  const folder = temporaryFolder();
  await writePredictions(folder, 'pages/x', readings);
  expect(readFileSync(join(folder, 'pages', 'x.tsv'), 'utf8')).toBe(formatPredictions(readings));
});

test('a detector is scored on quads, and sets without quads are left out', async () => {
  const pages = join(dev, 'pages', 'forms');
  mkdirSync(pages, { recursive: true });
  const quad = (y: number): Quad => [
    [10, y],
    [90, y],
    [90, y + 10],
    [10, y + 10],
  ];
  await writeImage(join(pages, 'p.png'), 100, 100);
  const lines = [20, 60].map((y) => ({ text: 'x', quad: quad(y) }));
  writeFileSync(join(pages, 'p.json'), JSON.stringify({ file: 'p.png', width: 100, height: 100, lines }));
  const texts = join(dev, 'pages', 'texts');
  mkdirSync(texts);
  writeFileSync(join(texts, 'q.gt.txt'), 'x');
  // One line found, one missed, one found where nothing is.
  const detector: Detector = {
    detect: async () => [20, 80].map((y) => ({ quad: quad(y), confidence: 1 })),
    dispose: async () => {},
  };
  const evaluations = await evaluateDetector(detector, selectSets(['pages'], { data }));
  expect(evaluations).toEqual([
    {
      id: 'pages/forms',
      n: 1,
      labels: 2,
      matched: { precision: 0.5, recall: 0.5, f1: 0.5 },
      covered: { precision: 0.5, recall: 0.5, f1: 0.5 },
    },
  ]);
  expect(detectorTable(evaluations)).toContain('| pages/forms |');
});
