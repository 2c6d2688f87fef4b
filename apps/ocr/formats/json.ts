/**
 * JSON, and JSON Lines with one object a document. `schemaVersion` grows when a field changes its meaning or goes away.
 * Coordinates are pixels of the upright image, rounded to a hundredth; confidences are in [0, 1].
 */
import type { Quad } from '../../../models/base/image.js';
import type { ReadDocument } from '../document.js';
import type { Format } from './format.js';
import { documentText, pageText } from './text.js';

export const SCHEMA_VERSION = 1;

const round = (value: number, digits: number) => Number(value.toFixed(digits));
const quadOf = (quad: Quad) => quad.map(([x, y]) => [round(x, 2), round(y, 2)]);

/** The document as plain data, in the order in which it is written. */
export function documentData(document: ReadDocument) {
  return {
    schemaVersion: SCHEMA_VERSION,
    file: document.file,
    text: documentText(document),
    pages: document.pages.map((page) => ({
      number: page.number,
      width: page.width,
      height: page.height,
      rotation: page.rotation,
      skew: round(page.skew, 2),
      text: pageText(page),
      blocks: page.blocks.map((block) => ({
        quad: quadOf(block.quad),
        paragraphs: block.paragraphs.map((paragraph) => ({
          lines: paragraph.lines.map((line) => ({
            text: line.text,
            confidence: round(line.confidence, 4),
            quad: quadOf(line.quad),
            words: line.words.map((word) => ({
              text: word.text,
              confidence: round(word.confidence, 4),
              quad: quadOf(word.quad),
              ...(word.characters && {
                characters: word.characters.map((character) => ({
                  text: character.text,
                  confidence: round(character.confidence, 4),
                  quad: quadOf(character.quad),
                })),
              }),
            })),
          })),
        })),
      })),
    })),
  };
}

/** Indented, with a quad on one line. Strings hold no raw line feed, so the pattern cannot meet one. */
function indented(data: unknown): string {
  return JSON.stringify(data, null, 2).replace(/\[\n[\s\d.,[\]e-]+\]/g, (numbers) =>
    numbers.replace(/\s+/g, '').replace(/,/g, ', '),
  );
}

export const json: Format = {
  summary: 'JSON: one object, or an array of them for several files',
  suffixes: ['.json'],
  mediaType: 'application/json',
  write(documents, { isList }) {
    const data = documents.map(documentData);
    return `${indented(data.length === 1 && !isList ? data[0] : data)}\n`;
  },
};

export const jsonl: Format = {
  summary: 'JSON Lines: one object a file',
  suffixes: ['.jsonl', '.ndjson'],
  mediaType: 'application/jsonl',
  separator: () => '',
  write(documents) {
    return documents.map((document) => `${JSON.stringify(documentData(document))}\n`).join('');
  },
};
