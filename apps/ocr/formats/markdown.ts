/**
 * Markdown: headings by the height of their lines against the body's, lists by their bullets and numbers, running text
 * joined to paragraphs, rows of cells as tables, other lines (forms, verse) kept with hard breaks.
 */
import type { ReadDocument, ReadLine, ReadPage, ReadParagraph } from '../document.js';
import type { Format } from './format.js';
import { heightOf, widthOf } from './shapes.js';
import { hasGaps, tableCells } from './table-cells.js';

/** Least height against the body's for each level of heading. */
const HEADING_RATIOS = [1.9, 1.5, 1.25];
/** A heading is short. */
const MOST_HEADING_LINES = 3;
/** In running text all lines but the last are about as long as the longest. */
const FULL_LINE = 0.75;
const BULLET = /^[•●◦▪‣∙·*–—-]\s+/;
const NUMBER = /^(\d{1,3})[.)]\s+/;

export const markdown: Format = {
  summary: 'Markdown with headings, paragraphs, lists and tables',
  suffixes: ['.md', '.markdown'],
  mediaType: 'text/markdown; charset=utf-8',
  separator: () => '\n',
  write(documents) {
    return documents.map(documentMarkdown).join('\n');
  },
};

function documentMarkdown(document: ReadDocument): string {
  const pages = document.pages.map(pageMarkdown).filter((page) => page !== '');
  return pages.length > 0 ? `${pages.join('\n\n---\n\n')}\n` : '';
}

function pageMarkdown(page: ReadPage): string {
  const paragraphs = page.blocks
    .flatMap((block) => block.paragraphs)
    .map(({ lines }) => ({ lines: lines.filter((line) => line.text !== '') }))
    .filter(({ lines }) => lines.length > 0);
  const body = bodyHeight(paragraphs);
  return paragraphs.map((paragraph) => paragraphMarkdown(paragraph, body)).join('\n\n');
}

/** The line height at which half of the page's characters are no higher. */
function bodyHeight(paragraphs: readonly ReadParagraph[]): number {
  const lines = paragraphs
    .flatMap((paragraph) => paragraph.lines)
    .map((line) => ({ height: heightOf(line.quad), size: line.text.length }))
    .sort((a, b) => a.height - b.height);
  let left = lines.reduce((sum, line) => sum + line.size, 0) / 2;
  for (const line of lines) {
    left -= line.size;
    if (left <= 0) return line.height;
  }
  return 0;
}

function paragraphMarkdown({ lines }: ReadParagraph, body: number): string {
  const ratio = Math.min(...lines.map((line) => heightOf(line.quad))) / body;
  const level = HEADING_RATIOS.findIndex((least) => ratio >= least) + 1;
  if (level > 0 && lines.length <= MOST_HEADING_LINES)
    return `${'#'.repeat(level)} ${escapeInline(lines.map((line) => line.text).join(' '))}`;
  const rows = tableCells(lines);
  if (rows) return tableMarkdown(rows);
  const items = splitItems(lines);
  return items.map(({ marker, lines }) => marker + joinLines(lines, ' '.repeat(marker.length))).join('\n');
}

/** A table must have a head; which row would be one cannot be known, so it is empty. */
function tableMarkdown(rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const columns = rows[0]!;
  return [
    row(columns.map(() => ' ')),
    row(columns.map(() => '---')),
    ...rows.map((cells) => row(cells.map(escapeInline))),
  ].join('\n');
}

/** Cuts a paragraph before each line that starts with a bullet or, from the first line on, a number. */
function splitItems(lines: readonly ReadLine[]): { marker: string; lines: ReadLine[] }[] {
  const items: { marker: string; lines: ReadLine[] }[] = [];
  const numbered = NUMBER.test(lines[0]!.text);
  for (const line of lines) {
    const number = numbered ? NUMBER.exec(line.text) : null;
    const found = number ?? BULLET.exec(line.text);
    if (found) {
      const text = line.text.slice(found[0].length);
      items.push({ marker: number ? `${number[1]}. ` : '- ', lines: [{ ...line, text }] });
    } else if (items.length > 0) items.at(-1)!.lines.push(line);
    else items.push({ marker: '', lines: [line] });
  }
  return items;
}

function joinLines(lines: readonly ReadLine[], indent: string): string {
  const longest = Math.max(...lines.map((line) => widthOf(line.quad)));
  const runs = lines
    .slice(0, -1)
    .every((line) => widthOf(line.quad) >= FULL_LINE * longest && !hasGaps(line));
  const escaped = lines.map((line) => escapeStart(escapeInline(line.text)));
  if (!runs) return escaped.join(`\\\n${indent}`);
  return escaped.reduce((before, next) =>
    // A word that was divided at the line's end is put together again.
    /\p{Ll}[-\u00ad]$/u.test(before) && /^\p{Ll}/u.test(next)
      ? before.slice(0, -1) + next
      : `${before} ${next}`,
  );
}

/** Takes their meaning from the characters that Markdown and HTML read. */
function escapeInline(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in Markdown
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
      .replace(/[\\`*_[\]<>|~$]/g, '\\$&')
      .replace(/&(?=#?\w+;)/g, '\\&')
  );
}

/** Takes their meaning from what would start a heading, list, quotation or rule. */
function escapeStart(text: string): string {
  return text
    .trim()
    .replace(/^(#{1,6}(?=\s|$)|[-+](?=\s|$)|=+\s*$|-{2,}\s*$)/, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}
