import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Format } from '../../../../apps/ocr/formats/format.js';
import { FORMAT_NAMES, FORMATS, formatOfPath } from '../../../../apps/ocr/formats/formats.js';
import { documentData, json, jsonl } from '../../../../apps/ocr/formats/json.js';
import { markdown } from '../../../../apps/ocr/formats/markdown.js';
import { text } from '../../../../apps/ocr/formats/text.js';
import { tsv } from '../../../../apps/ocr/formats/tsv.js';
import { documentOf, lineAt, pageOf, smallDocument, TEXT_CONTEXT } from '../sample-document.js';

const blank = documentOf([pageOf([])], 'blank.png');

describe('the table of formats', () => {
  it('tells a format by each of its endings, and by no other format’s', () => {
    for (const name of FORMAT_NAMES)
      for (const suffix of FORMATS[name].suffixes)
        expect(formatOfPath(`A/B.C${suffix.toUpperCase()}`)).toBe(name);
    expect(formatOfPath('a.docx')).toBeUndefined();
    expect(formatOfPath('json')).toBeUndefined();
  });

  it('writes documents one by one as it writes them together, where a format has a separator', async () => {
    const separable = (Object.values(FORMATS) as Format[]).filter((format) => format.separator);
    expect(separable.length).toBeGreaterThanOrEqual(3);
    for (const mode of ['page', 'line'] as const)
      for (const format of separable) {
        const context = { ...TEXT_CONTEXT, mode };
        const documents = [smallDocument(), blank, smallDocument()];
        const parts = await Promise.all(documents.map((document) => format.write([document], context)));
        expect(parts.join(format.separator!(context))).toBe(await format.write(documents, context));
      }
  });
});

it('text and markdown leave out lines whose text is not known', () => {
  const found = { ...lineAt('', 10, 10), words: [] };
  const context = TEXT_CONTEXT;
  for (const format of [text, markdown]) {
    expect(format.write([documentOf([pageOf([[[found, found]], [[found]]])])], context)).toBe(
      format.write([blank], context),
    );
    expect(format.write([documentOf([pageOf([[[found]], [[lineAt('a', 10, 50)]]])])], context)).toBe(
      format.write([documentOf([pageOf([[[lineAt('a', 10, 50)]]])])], context),
    );
  }
});

describe('text', () => {
  it('parts paragraphs by an empty line and pages by a form feed', () => {
    expect(text.write([smallDocument()], TEXT_CONTEXT)).toBe(
      'A Heading\n\nFirst line of\nthe text.\n\nSecond paragraph\n',
    );
    const two = documentOf([pageOf([[[lineAt('one', 0, 0)]]]), pageOf([[[lineAt('two', 0, 0)]]])]);
    expect(text.write([two], TEXT_CONTEXT)).toBe('one\n\ftwo\n');
  });

  it('is empty for a blank page, and one empty line for a blank crop', () => {
    expect(text.write([blank], TEXT_CONTEXT)).toBe('');
    expect(text.write([blank, blank], { ...TEXT_CONTEXT, mode: 'word' })).toBe('\n\n');
  });
});

describe('json and jsonl', () => {
  it('carry the file, its text and the tree', () => {
    const data = JSON.parse(json.write([smallDocument()], TEXT_CONTEXT) as string);
    expect(data).toMatchObject({ schemaVersion: 1, file: 'scan.png' });
    expect(data.text).toBe('A Heading\n\nFirst line of\nthe text.\n\nSecond paragraph');
    expect(data.pages[0]).toMatchObject({ number: 1, width: 800, height: 600, rotation: 0, skew: 0 });
    const line = data.pages[0].blocks[1].paragraphs[0].lines[0];
    expect(line.words.map((word: { text: string }) => word.text)).toEqual(['First', 'line', 'of']);
    expect(line.words[1]).toEqual({
      text: 'line',
      confidence: 0.9,
      quad: [
        [110, 100],
        [150, 100],
        [150, 120],
        [110, 120],
      ],
    });
  });

  it('give one object for one file, an array for a list, and one line a file', () => {
    const list = { ...TEXT_CONTEXT, isList: true };
    expect(JSON.parse(json.write([blank], list) as string)).toHaveLength(1);
    expect(JSON.parse(json.write([blank, blank], list) as string)).toHaveLength(2);
    const lines = (jsonl.write([smallDocument(), blank], list) as string).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('');
    expect(JSON.parse(lines[0]!)).toEqual(JSON.parse(json.write([smallDocument()], TEXT_CONTEXT) as string));
    expect(JSON.parse(lines[1]!)).toMatchObject({ file: 'blank.png', text: '' });
  });

  it('carry the characters of words that have them', () => {
    const line = lineAt('ab', 10, 20);
    const word = line.words[0]!;
    expect(
      documentData(smallDocument()).pages[0]!.blocks[0]!.paragraphs[0]!.lines[0]!.words[0],
    ).not.toHaveProperty('characters');
    const characters = [{ text: 'a', confidence: 0.123456, quad: word.quad }];
    const document = documentOf([pageOf([[[{ ...line, words: [{ ...word, characters }] }]]])]);
    const [data] = documentData(document).pages[0]!.blocks[0]!.paragraphs[0]!.lines[0]!.words;
    expect(data!.characters).toEqual([{ text: 'a', confidence: 0.1235, quad: data!.quad }]);
  });

  it('leave texts that look like numbers in brackets alone', () => {
    const odd = '[\n  1,\n 2 ]';
    const document = documentOf([pageOf([[[lineAt(odd, 0, 0)]]])], odd);
    const data = JSON.parse(json.write([document], TEXT_CONTEXT) as string);
    expect(data.file).toBe(odd);
    expect(data.text).toBe(odd);
  });
});

describe('tsv', () => {
  it("has Tesseract's columns and levels", () => {
    const [header, ...rows] = (tsv.write([smallDocument()], TEXT_CONTEXT) as string).trimEnd().split('\n');
    expect(header).toBe(
      'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext',
    );
    expect(rows[0]).toBe('1\t1\t0\t0\t0\t0\t0\t0\t800\t600\t-1\t');
    expect(rows.filter((row) => row.startsWith('5\t'))).toHaveLength(9);
    expect(rows).toContain('5\t1\t2\t1\t1\t2\t110\t100\t40\t20\t90.00\tline');
    for (const row of rows) expect(row.split('\t')).toHaveLength(12);
  });

  it('keeps its table whatever the words hold', () => {
    const document = documentOf([pageOf([[[lineAt('a\tb\nc\u2028d', 0, 0)]]])]);
    const rows = (tsv.write([document], TEXT_CONTEXT) as string).trimEnd().split('\n');
    expect(rows).toHaveLength(6);
    expect(rows[5]!.split('\t')[11]).toBe('a b c d');
  });
});

describe('markdown', () => {
  const write = (...blocks: Parameters<typeof pageOf>[0]) =>
    markdown.write([documentOf([pageOf(blocks)])], TEXT_CONTEXT) as string;

  it('makes headings by their height and joins running text', () => {
    expect(markdown.write([smallDocument()], TEXT_CONTEXT)).toBe(
      '# A Heading\n\nFirst line of the text.\n\nSecond paragraph\n',
    );
  });

  it('puts divided words together and keeps lines that do not run', () => {
    expect(write([[lineAt('the infor-', 0, 0), lineAt('mation on', 0, 30)]])).toBe('the information on\n');
    expect(write([[lineAt('Milk', 0, 0), lineAt('Bread and butter 3.20', 0, 30)]])).toBe(
      'Milk\\\nBread and butter 3.20\n',
    );
  });

  it('makes lists of bullets and numbers', () => {
    expect(write([[lineAt('• one', 0, 0), lineAt('• two', 0, 30)]])).toBe('- one\n- two\n');
    expect(write([[lineAt('1. one', 0, 0), lineAt('2) two', 0, 30)]])).toBe('1. one\n2. two\n');
  });

  it('makes tables of rows whose words stand far apart in columns', () => {
    const row = (y: number, degrees: number, ...cells: [text: string, x: number][]) => {
      const parts = cells.map(([text, x]) =>
        lineAt(text, x, y + x * Math.tan((degrees * Math.PI) / 180), 20, degrees),
      );
      const [first, last] = [parts[0]!, parts.at(-1)!];
      return {
        ...first,
        text: parts.map((part) => part.text).join(' '),
        quad: [first.quad[0], last.quad[1], last.quad[2], first.quad[3]] as const,
        words: parts.flatMap((part) => part.words),
      };
    };
    for (const degrees of [0, 4])
      expect(
        write([
          [
            row(0, degrees, ['Milk', 0], ['1.20', 400]),
            row(30, degrees, ['Bread | butter', 0], ['2', 300], ['13.20', 390]),
            row(60, degrees, ['no receipt', 0]),
            row(90, degrees, ['x', 305], ['4.00', 400]),
          ],
        ]),
      ).toBe(
        [
          '|   |   |   |',
          '| --- | --- | --- |',
          '| Milk |  | 1.20 |',
          '| Bread \\| butter | 2 | 13.20 |',
          '| no receipt |  |  |',
          '|  | x | 4.00 |\n',
        ].join('\n'),
      );
    // Columns of figures may stand closer than its others do.
    expect(
      write([
        [
          row(0, 0, ['Salary', 0], ['2,310', 330], ['3,496', 410]),
          row(30, 0, ['Rent', 0], ['95', 360], ['2,546', 410]),
        ],
      ]),
    ).toBe(
      ['|   |   |   |', '| --- | --- | --- |', '| Salary | 2,310 | 3,496 |', '| Rent | 95 | 2,546 |\n'].join(
        '\n',
      ),
    );
    // One such row among others is no table, and no running text either.
    expect(write([[row(0, 0, ['Date', 0], ['Sign', 200]), lineAt('words that fill the line', 0, 30)]])).toBe(
      'Date Sign\\\nwords that fill the line\n',
    );
  });

  it('takes the meaning from characters that Markdown reads', () => {
    expect(write([[lineAt('# *a* _b_ [c](d) <e> `f` &amp;', 0, 0)]])).toBe(
      '\\# \\*a\\* \\_b\\_ \\[c\\](d) \\<e\\> \\`f\\` \\&amp;\n',
    );
    expect(write([[lineAt('Sum', 0, 0), lineAt('2019. was the last of all', 0, 30)]])).toBe(
      'Sum\\\n2019\\. was the last of all\n',
    );
  });

  it('is empty for a blank page', () => {
    expect(markdown.write([blank], TEXT_CONTEXT)).toBe('');
  });
});

it('tables and lines hold whatever texts and file names hold', () => {
  const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(anyText, anyText, (word, file) => {
      const line = lineAt('x', 10, 10);
      const read = { ...line, text: word, words: [{ ...line.words[0]!, text: word }] };
      const document = documentOf([pageOf([[[read]]])], file);
      const data = JSON.parse(json.write([document], TEXT_CONTEXT) as string);
      expect([data.file, data.text]).toEqual([file, word]);
      const lines = (jsonl.write([document, document], TEXT_CONTEXT) as string).split('\n');
      expect(lines).toHaveLength(3);
      expect(JSON.parse(lines[1]!)).toEqual(data);
      const rows = (tsv.write([document], TEXT_CONTEXT) as string)
        .slice(0, -1)
        .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
      expect(rows).toHaveLength(6);
      for (const row of rows) expect(row.split('\t')).toHaveLength(12);
    }),
    { numRuns: 300, seed: 7 },
  );
});
