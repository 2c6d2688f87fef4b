import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadLabels } from '../../../../apps/train/scoring/labels.js';
import { scoreSet } from '../../../../apps/train/scoring/score.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labels-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const quad = [
  [0, 0],
  [9, 0],
  [9, 9],
  [0, 9],
];

describe('loadLabels', () => {
  it('reads a table of lines', () => {
    writeFileSync(join(folder, 'labels.tsv'), '\uFEFFa.webp\tone\ttwo\r\nno tab\nb.webp\t\n');
    const set = loadLabels(folder);
    expect(set.kind).toBe('lines');
    expect(set.samples.map((sample) => [sample.file, sample.text])).toEqual([
      ['a.webp', 'one\ttwo'],
      ['b.webp', ''],
    ]);
  });

  it('knows words by their folder and upper-cased sets by their name', () => {
    const words = join(folder, 'words', 'svt');
    mkdirSync(words, { recursive: true });
    writeFileSync(join(words, 'labels.tsv'), 'a.webp\tONE\n');
    const set = loadLabels(`${words}/`);
    expect([set.kind, set.name, set.fold]).toEqual(['words', 'svt', true]);
    expect(scoreSet(set, new Map([['a.webp', 'one']])).cer).toBe(0);
  });

  it('reads pages of both kinds', () => {
    const lines = [
      { text: 'first', quad },
      { text: '###', quad, ignore: true },
      { text: 'second', quad },
    ];
    writeFileSync(join(folder, 'p.json'), JSON.stringify({ file: 'p.webp', width: 9, height: 9, lines }));
    writeFileSync(join(folder, 'q.gt.txt'), 'trans-\nport');
    const set = loadLabels(folder);
    expect(set.kind).toBe('pages');
    expect(set.samples.map((page) => [page.file, page.text, page.reflowed, page.lines?.length])).toEqual([
      ['p.webp', 'first\nsecond', false, 3],
      ['q.webp', 'trans-\nport', true, undefined],
    ]);
    const score = scoreSet(set, new Map([['q.webp', 'transport']]));
    expect(score).toMatchObject({ kind: 'pages', n: 2, missing: 1, medianCer: 100, wordF1: 50 });
  });

  it('pairs texts with images of any kind', () => {
    for (const name of ['a.png', 'b.JPG', 'c.tif']) writeFileSync(join(folder, name), '');
    writeFileSync(join(folder, 'a.gt.txt'), 'first');
    writeFileSync(join(folder, 'b.gt.txt'), 'second');
    const lines = [{ text: 'third', quad }];
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ file: 'c.tif', width: 9, height: 9, lines }));
    writeFileSync(join(folder, 'c.gt.txt'), 'third');
    expect(loadLabels(folder).samples.map(({ file, text, reflowed }) => [file, text, reflowed])).toEqual([
      ['a.png', 'first', true],
      ['b.JPG', 'second', true],
      ['c.tif', 'third', true],
    ]);
  });

  it('names the file that cannot be understood', () => {
    writeFileSync(join(folder, 'p.json'), '{"file": 3}');
    expect(() => loadLabels(folder)).toThrowError(expect.objectContaining({ code: 'invalid_data' }));
    expect(() => loadLabels(folder)).toThrow(/p\.json/);
  });

  it('refuses a folder without labels', () => {
    expect(() => loadLabels(folder)).toThrowError(expect.objectContaining({ code: 'data_missing' }));
    expect(() => loadLabels(join(folder, 'none'))).toThrowError(
      expect.objectContaining({ code: 'data_missing' }),
    );
  });
});
