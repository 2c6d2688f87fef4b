/**
 * Searchable PDF: each page's picture, over it the words as invisible text (render mode 3), each placed, turned and
 * stretched to its quad. Any Unicode text can be copied: one blank font with its own character map serves all.
 */
import type { PDFDocument, PDFOperator, PDFPage } from 'pdf-lib';
import { expected } from '../../../models/base/errors.js';
import type { Quad } from '../../../models/base/image.js';
import type { ReadLine, ReadPage } from '../document.js';
import { scaleBlocks } from '../map-blocks.js';
import { ADVANCE, DESCENT, UNITS_PER_EM } from './blank-font.js';
import type { Format, PagePicture } from './format.js';
import { CharacterFont } from './pdf-font.js';
import { heightOf, widthOf, wordsOf } from './shapes.js';

type PdfLib = typeof import('pdf-lib');

/** Where the image file does not say how large a pixel is. */
const DEFAULT_DPI = { x: 150, y: 150 };
/** Points along a side beyond which viewers give up. */
const MOST_POINTS = 14_400;

export const pdf: Format = {
  summary: 'searchable PDF: the picture with invisible text over it',
  suffixes: ['.pdf'],
  mediaType: 'application/pdf',
  needsPictures: true,
  async write(documents, { version, picture }) {
    if (!picture) throw expected('internal', "the pages' pictures", 'a PDF', undefined);
    const lib = await import('pdf-lib');
    const document = await lib.PDFDocument.create({ updateMetadata: false });
    document.setProducer(`Pocketlens ${version}`);
    const font = new CharacterFont();
    const fontRef = document.context.nextRef();
    for (const page of documents.flatMap((each) => each.pages))
      await addPage(lib, document, page, picture(page), font, fontRef);
    await font.embed(lib, document, fontRef);
    return document.save({ useObjectStreams: true });
  },
};

async function addPage(
  lib: PdfLib,
  document: PDFDocument,
  read: ReadPage,
  picture: PagePicture,
  font: CharacterFont,
  fontRef: import('pdf-lib').PDFRef,
): Promise<void> {
  const dpi = picture.dpi ?? DEFAULT_DPI;
  const page = withSquarePixels(read, dpi.x / dpi.y);
  // Points per pixel of the page.
  const scale = Math.min(72 / dpi.x, MOST_POINTS / Math.max(page.width, page.height));
  const sheet = document.addPage([page.width * scale, page.height * scale]);
  if (page.rotation !== 0) sheet.setRotation(lib.degrees(page.rotation));
  const image = await embedPicture(document, picture);
  sheet.node.setXObject(lib.PDFName.of('Image'), image);
  sheet.node.setFontDictionary(lib.PDFName.of('Text'), fontRef);
  sheet.pushOperators(
    lib.pushGraphicsState(),
    lib.concatTransformationMatrix(page.width * scale, 0, 0, page.height * scale, 0, 0),
    lib.drawObject('Image'),
    lib.popGraphicsState(),
  );
  pushText(lib, sheet, page, scale, font);
}

/** @param aspect height of a pixel for its width */
function withSquarePixels(page: ReadPage, aspect: number): ReadPage {
  if (aspect === 1) return page;
  return { ...page, height: page.height * aspect, blocks: scaleBlocks(page.blocks, { x: 1, y: aspect }) };
}

async function embedPicture(document: PDFDocument, picture: PagePicture) {
  if (picture.type === 'jpeg') return (await document.embedJpg(picture.bytes)).ref;
  const stream = document.context.stream(picture.bytes, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: picture.width,
    Height: picture.height,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 1,
    Filter: 'FlateDecode',
  });
  return document.context.register(stream);
}

function pushText(lib: PdfLib, sheet: PDFPage, page: ReadPage, scale: number, font: CharacterFont): void {
  const lines = page.blocks.flatMap((block) => block.paragraphs).flatMap((paragraph) => paragraph.lines);
  if (lines.length === 0) return;
  sheet.pushOperators(lib.beginText(), lib.setTextRenderingMode(lib.TextRenderingMode.Invisible));
  for (const line of lines) sheet.pushOperators(...lineOperators(lib, line, page, scale, font));
  sheet.pushOperators(lib.endText());
}

function* lineOperators(
  lib: PdfLib,
  line: ReadLine,
  page: ReadPage,
  scale: number,
  font: CharacterFont,
): Generator<PDFOperator> {
  const words = wordsOf(line).filter((word) => word.text !== '');
  for (const [index, word] of words.entries()) {
    const size = Math.max(heightOf(word.quad) * scale, 0.1);
    const [origin, x, y] = axes(word.quad);
    // The quad's lower edge is where the font's descent ends.
    const lift = -DESCENT / UNITS_PER_EM;
    const left = origin[0] + y[0] * lift * heightOf(word.quad);
    const base = origin[1] + y[1] * lift * heightOf(word.quad);
    yield lib.setFontAndSize('Text', size);
    yield lib.setTextMatrix(x[0], -x[1], x[1], x[0], left * scale, (page.height - base) * scale);
    yield* stretched(lib, word.text, widthOf(word.quad) * scale, size, font);
    const next = words[index + 1];
    if (next) yield* stretched(lib, ' ', Math.max(gap(word.quad, next.quad) * scale, 0.1), size, font);
  }
}

/** Shows text so that it takes up a width: both in points. */
function* stretched(
  lib: PdfLib,
  text: string,
  width: number,
  size: number,
  font: CharacterFont,
): Generator<PDFOperator> {
  const codes = font.encode(text);
  const natural = (codes.length * ADVANCE * size) / UNITS_PER_EM;
  yield lib.setCharacterSqueeze(Math.max((100 * width) / natural, 0.1));
  yield lib.showText(lib.PDFHexString.of(codes.map((code) => code.toString(16).padStart(4, '0')).join('')));
}

/** The lower left corner of a word, its unit vector along the text, and the one from its foot to its head. */
function axes([, , [rx, ry], [lx, ly]]: Quad): [[number, number], [number, number], [number, number]] {
  const length = Math.hypot(rx - lx, ry - ly) || 1;
  const along: [number, number] = [(rx - lx) / length, (ry - ly) / length];
  return [[lx, ly], along[0] === 0 && along[1] === 0 ? [1, 0] : along, [along[1], -along[0]]];
}

function gap(before: Quad, after: Quad): number {
  const [, along] = axes(before);
  return (after[3][0] - before[2][0]) * along[0] + (after[3][1] - before[2][1]) * along[1];
}
