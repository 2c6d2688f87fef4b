/** hOCR: XHTML with the classes and properties that Tesseract emits, which is what other programs understand. */
import type { PlacedCharacter, ReadLine, ReadPage } from '../document.js';
import type { Format, FormatContext } from './format.js';
import { angleOf, type Edges, edgesOf, heightOf, wordsOf } from './shapes.js';
import { attributes, escapeXml } from './xml.js';

const bbox = (edges: Edges) => `bbox ${edges.join(' ')}`;

/** A quoted string of a title; the format has no escape for a double quote. */
const quoted = (text: string) => `"${text.replace(/"/g, "'").replace(/;/g, '_')}"`;

/**
 * Lines near the horizontal have a baseline: its slope, and its offset at the box's left from the box's bottom. Others
 * have a direction in degrees counter-clockwise, in quarter turns.
 */
function direction(line: ReadLine, [left, , , bottom]: Edges): string {
  const angle = angleOf(line.quad);
  const quarter = Math.round(angle / 90);
  if (quarter !== 0) return `textangle ${(((-quarter * 90) % 360) + 360) % 360}`;
  const slope = Math.tan((angle * Math.PI) / 180);
  const [, , , [x, y]] = line.quad;
  return `baseline ${tidy(slope, 3)} ${tidy(y + slope * (left - x) - bottom, 0)}`;
}

const tidy = (value: number, digits: number) => String(Number(value.toFixed(digits)) || 0);

/** One character, as Tesseract writes it when it is asked to. */
function cinfo({ text, quad, confidence }: PlacedCharacter, page: ReadPage): string {
  const title = `x_bboxes ${edgesOf([quad], page).join(' ')}; x_conf ${tidy(confidence * 100, 2)}`;
  return `<span${attributes({ class: 'ocrx_cinfo', title })}>${escapeXml(text)}</span>`;
}

function* pageLines(page: ReadPage, file: string, index: number): Generator<string> {
  const id = (kind: string, ...numbers: number[]) => [kind, index + 1, ...numbers].join('_');
  const element = (tag: string, name: string, key: string, title: string) =>
    `<${tag}${attributes({ class: name, id: key, title })}>`;
  const whole = `image ${quoted(file)}; bbox 0 0 ${page.width} ${page.height}; ppageno ${index}`;
  yield `  ${element('div', 'ocr_page', id('page'), whole)}`;
  let [paragraphs, lines, words] = [0, 0, 0];
  for (const [b, block] of page.blocks.entries()) {
    yield `   ${element('div', 'ocr_carea', id('block', b + 1), bbox(edgesOf([block.quad], page)))}`;
    for (const paragraph of block.paragraphs) {
      if (paragraph.lines.length === 0) continue;
      const around = edgesOf(
        paragraph.lines.map((line) => line.quad),
        page,
      );
      yield `    ${element('p', 'ocr_par', id('par', ++paragraphs), bbox(around))}`;
      for (const line of paragraph.lines) {
        const edges = edgesOf([line.quad], page);
        const title = `${bbox(edges)}; ${direction(line, edges)}; x_size ${tidy(heightOf(line.quad), 2)}`;
        yield `     ${element('span', 'ocr_line', id('line', ++lines), title)}`;
        for (const word of wordsOf(line)) {
          const wordTitle = `${bbox(edgesOf([word.quad], page))}; x_wconf ${Math.round(word.confidence * 100)}`;
          const characters = 'characters' in word ? word.characters : undefined;
          const content = characters?.map((each) => cinfo(each, page)).join('') ?? escapeXml(word.text);
          yield `      ${element('span', 'ocrx_word', id('word', ++words), wordTitle)}${content}</span>`;
        }
        yield '     </span>';
      }
      yield '    </p>';
    }
    yield '   </div>';
  }
  yield '  </div>';
}

const head = ({ version }: FormatContext, pages: number) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
 <head>
  <title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="pocketlens ${escapeXml(version)}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrx_cinfo ocrp_wconf"/>
  <meta name="ocr-number-of-pages" content="${pages}"/>
  <meta name="ocr-langs" content="unknown"/>
  <meta name="ocr-scripts" content="Latn"/>
 </head>
 <body>`;

export const hocr: Format = {
  summary: 'hOCR (XHTML with boxes and confidences)',
  suffixes: ['.hocr', '.html', '.htm'],
  mediaType: 'text/html; charset=utf-8',
  write(documents, context) {
    const pages = documents.flatMap(({ file, pages }) => pages.map((page) => ({ file, page })));
    const body = pages.flatMap(({ file, page }, index) => [...pageLines(page, file, index)]);
    return `${[head(context, pages.length), ...body, ' </body>', '</html>'].join('\n')}\n`;
  },
};
