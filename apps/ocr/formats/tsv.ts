/** Tab-separated values in Tesseract's columns: a row for every page, block, paragraph, line (conf -1) and word. */
import type { ReadPage } from '../document.js';
import type { Format } from './format.js';
import { type Edges, edgesOf, wordsOf } from './shapes.js';

const COLUMNS = 'level page_num block_num par_num line_num word_num left top width height conf text'.split(
  ' ',
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would break the table
const BREAKING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function* pageRows(page: ReadPage, number: number): Generator<string> {
  const row = (ids: number[], [left, top, right, bottom]: Edges, confidence = -1, content = '') => {
    const cells = [ids.length, ...ids, ...Array<number>(5 - ids.length).fill(0)];
    const conf = confidence < 0 ? '-1' : (confidence * 100).toFixed(2);
    return [...cells, left, top, right - left, bottom - top, conf, content.replace(BREAKING, ' ')].join('\t');
  };
  yield row([number], [0, 0, page.width, page.height]);
  for (const [b, block] of page.blocks.entries()) {
    yield row([number, b + 1], edgesOf([block.quad], page));
    for (const [p, paragraph] of block.paragraphs.entries()) {
      if (paragraph.lines.length === 0) continue;
      const quads = paragraph.lines.map((line) => line.quad);
      yield row([number, b + 1, p + 1], edgesOf(quads, page));
      for (const [l, line] of paragraph.lines.entries()) {
        yield row([number, b + 1, p + 1, l + 1], edgesOf([line.quad], page));
        for (const [w, word] of wordsOf(line).entries())
          yield row(
            [number, b + 1, p + 1, l + 1, w + 1],
            edgesOf([word.quad], page),
            word.confidence,
            word.text,
          );
      }
    }
  }
}

export const tsv: Format = {
  summary: "tab-separated words with boxes, in Tesseract's columns",
  suffixes: ['.tsv'],
  mediaType: 'text/tab-separated-values; charset=utf-8',
  write(documents) {
    const rows = documents
      .flatMap((document) => document.pages)
      .flatMap((page, index) => [...pageRows(page, index + 1)]);
    return `${[COLUMNS.join('\t'), ...rows].join('\n')}\n`;
  },
};
