/** Plain text: lines in reading order, an empty line between paragraphs, a form feed between pages. */
import type { ReadDocument, ReadPage } from '../document.js';
import type { Format, FormatContext } from './format.js';

export function pageText(page: ReadPage): string {
  return page.blocks
    .flatMap((block) => block.paragraphs)
    .map((paragraph) => paragraph.lines.filter((line) => line.text !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.text).join('\n'))
    .join('\n\n');
}

/** Without a line feed at the end; empty for a blank document. */
export function documentText(document: ReadDocument): string {
  return document.pages.map(pageText).join('\n\f');
}

/** Line and word crops give one line each, so that the output's lines match the inputs. */
const isCrop = ({ mode }: FormatContext) => mode === 'line' || mode === 'word';

export const text: Format = {
  summary: 'plain text',
  suffixes: ['.txt', '.text'],
  mediaType: 'text/plain; charset=utf-8',
  separator: (context) => (isCrop(context) ? '' : '\f'),
  write(documents, context) {
    return documents
      .map((document) => {
        const content = documentText(document);
        return content || isCrop(context) ? `${content}\n` : '';
      })
      .join(isCrop(context) ? '' : '\f');
  },
};
