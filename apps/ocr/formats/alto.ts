/** ALTO 4: the XML of libraries and archives. Element order and identifiers follow its schema, version 4.4. */
import type { Quad } from '../../../models/base/image.js';
import type { PlacedCharacter, ReadBlock, ReadLine, ReadPage } from '../document.js';
import type { Format, FormatContext } from './format.js';
import { angleOf, type Edges, edgesOf } from './shapes.js';
import { attributes, escapeXml } from './xml.js';

const place = ([left, top, right, bottom]: Edges) => ({
  HPOS: left,
  VPOS: top,
  WIDTH: right - left,
  HEIGHT: bottom - top,
});

const round = (value: number) => Number(value.toFixed(2));

/** Only what is not an upright box needs its outline told. */
function shape(quad: Quad): string {
  if (Math.abs(angleOf(quad)) < 0.05) return '';
  const points = quad.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return `<Shape><Polygon${attributes({ POINTS: points })}/></Shape>`;
}

/** A line must have a word: one whose text is not known is one itself. */
const wordsOf = (line: ReadLine) => (line.words.length > 0 ? line.words : [line]);

function glyphXml({ text, quad, confidence }: PlacedCharacter, page: ReadPage, id: string): string {
  const values = { ID: id, ...place(edgesOf([quad], page)), CONTENT: text, GC: confidence.toFixed(4) };
  return `<Glyph${attributes(values)}>${shape(quad)}</Glyph>`;
}

function* lineXml(line: ReadLine, page: ReadPage, id: string): Generator<string> {
  const [, , end, start] = line.quad;
  const baseline = `${round(start[0])},${round(start[1])} ${round(end[0])},${round(end[1])}`;
  const edges = edgesOf([line.quad], page);
  yield `     <TextLine${attributes({ ID: id, ...place(edges), BASELINE: baseline })}>${shape(line.quad)}`;
  let before: Edges | undefined;
  for (const [index, word] of wordsOf(line).entries()) {
    const at = edgesOf([word.quad], page);
    if (before) {
      const gap = { WIDTH: Math.max(0, at[0] - before[2]), HPOS: before[2], VPOS: before[1] };
      yield `      <SP${attributes(gap)}/>`;
    }
    before = at;
    const values = {
      ID: `${id}_w${index + 1}`,
      ...place(at),
      CONTENT: word.text,
      WC: word.confidence.toFixed(4),
    };
    const glyphs = 'characters' in word ? (word.characters ?? []) : [];
    const content = glyphs.map((each, g) => glyphXml(each, page, `${id}_w${index + 1}_g${g + 1}`)).join('');
    yield `      <String${attributes(values)}>${shape(word.quad)}${content}</String>`;
  }
  yield '     </TextLine>';
}

/** ALTO knows no paragraphs: each becomes a text block, those of one block together a composed block. */
function* blockXml(block: ReadBlock, page: ReadPage, id: string): Generator<string> {
  const paragraphs = block.paragraphs.map((paragraph) => paragraph.lines).filter((lines) => lines.length > 0);
  if (paragraphs.length === 0) return;
  yield `   <ComposedBlock${attributes({ ID: id, ...place(edgesOf([block.quad], page)) })}>`;
  for (const [p, lines] of paragraphs.entries()) {
    const around = edgesOf(
      lines.map((line) => line.quad),
      page,
    );
    yield `    <TextBlock${attributes({ ID: `${id}_t${p + 1}`, ...place(around) })}>`;
    for (const [l, line] of lines.entries()) yield* lineXml(line, page, `${id}_t${p + 1}_l${l + 1}`);
    yield '    </TextBlock>';
  }
  yield '   </ComposedBlock>';
}

function* pageXml(page: ReadPage, number: number): Generator<string> {
  const size = { WIDTH: page.width, HEIGHT: page.height };
  yield `  <Page${attributes({ ID: `p${number}`, PHYSICAL_IMG_NR: number, ...size })}>`;
  yield `   <PrintSpace${attributes({ HPOS: 0, VPOS: 0, ...size })}>`;
  for (const [index, block] of page.blocks.entries())
    yield* blockXml(block, page, `p${number}_b${index + 1}`);
  yield '   </PrintSpace>';
  yield '  </Page>';
}

const head = (file: string, { version }: FormatContext) => `<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd" SCHEMAVERSION="4.4">
 <Description>
  <MeasurementUnit>pixel</MeasurementUnit>
  <sourceImageInformation>
   <fileName>${escapeXml(file)}</fileName>
  </sourceImageInformation>
  <Processing ID="ocr">
   <processingCategory>contentGeneration</processingCategory>
   <processingSoftware>
    <softwareName>Pocketlens</softwareName>
    <softwareVersion>${escapeXml(version)}</softwareVersion>
   </processingSoftware>
  </Processing>
 </Description>
 <Layout>`;

export const alto: Format = {
  summary: 'ALTO 4 XML',
  suffixes: ['.alto.xml', '.alto', '.xml'],
  mediaType: 'application/alto+xml',
  write(documents, context) {
    const files = documents.map((document) => document.file).join(', ');
    const pages = documents.flatMap((document) => document.pages);
    const body = pages.flatMap((page, index) => [...pageXml(page, index + 1)]);
    return `${[head(files, context), ...body, ' </Layout>', '</alto>'].join('\n')}\n`;
  },
};
