import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { PDFArray, PDFDocument, PDFName, PDFRawStream, type PDFRef } from 'pdf-lib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadPage } from '../../../../apps/ocr/document.js';
import { blankFont } from '../../../../apps/ocr/formats/blank-font.js';
import type { PagePicture } from '../../../../apps/ocr/formats/format.js';
import { pdf } from '../../../../apps/ocr/formats/pdf.js';
import { documentOf, lineAt, pageOf, smallDocument, TEXT_CONTEXT } from '../sample-document.js';

const LATIN_EXTENDED_A = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x100 + index));
let picture: PagePicture;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-pdf-'));
  const bytes = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#ffffff' } })
    .jpeg()
    .toBuffer();
  picture = { type: 'jpeg', bytes, width: 800, height: 600, dpi: { x: 200, y: 200 } };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (pages: ReadPage[], pagePicture: PagePicture = picture) =>
  pdf.write([documentOf(pages)], { ...TEXT_CONTEXT, picture: () => pagePicture }) as Promise<Uint8Array>;

/** What a PDF reader would take out of the first page: each shown string with its matrix, decoded by the font's map. */
async function shownText(file: Uint8Array) {
  const document = await PDFDocument.load(file);
  const page = document.getPage(0);
  const stream = (ref: unknown): string => {
    const found = document.context.lookup(ref as PDFRef);
    if (found instanceof PDFArray) return found.asArray().map(stream).join('\n');
    if (!(found instanceof PDFRawStream)) throw new Error('not a stream');
    return inflateSync(found.contents).toString('latin1');
  };
  const content = stream(page.node.get(PDFName.of('Contents')));
  const font = document.context.lookup(
    page.node.normalizedEntries().Font.get(PDFName.of('Text')),
  ) as never as {
    get(name: PDFName): unknown;
  };
  const map = new Map<string, string>();
  for (const [, code, text] of stream(font.get(PDFName.of('ToUnicode'))).matchAll(/^<(\w{4})> <(\w+)>$/gm))
    map.set(code!, Buffer.from(text!, 'hex').swap16().toString('utf16le'));
  const shown: { text: string; matrix: number[] }[] = [];
  let matrix: number[] = [];
  for (const line of content.split('\n')) {
    if (line.endsWith(' Tm')) matrix = line.split(' ').slice(0, 6).map(Number);
    const hex = /^<(\w*)> Tj$/.exec(line)?.[1];
    if (hex === undefined) continue;
    const text = hex.replace(/\w{4}/g, (code) => map.get(code) ?? '?');
    if (text === ' ') shown.at(-1)!.text += ' ';
    else shown.push({ text, matrix });
  }
  return { shown, content, page };
}

describe('pdf', () => {
  it('lays each word invisibly over its place, in points', async () => {
    const { shown, content, page } = await shownText(await write(smallDocument().pages as ReadPage[]));
    expect(page.getWidth()).toBeCloseTo(800 * 0.36);
    expect(page.getHeight()).toBeCloseTo(600 * 0.36);
    expect(content).toContain('3 Tr');
    expect(shown.map(({ text }) => text).join('|')).toBe(
      'A |Heading|First |line |of|the |text.|Second |paragraph',
    );
    const line = shown[3]!;
    expect(line.matrix.slice(0, 4)).toEqual([1, 0, 0, 1]);
    expect(line.matrix[4]).toBeCloseTo(110 * 0.36);
    // The foot of the quad is at 120 px; the baseline lies a fifth of the height above.
    expect(line.matrix[5]).toBeCloseTo((600 - 116) * 0.36);
  });

  it('gives a fax the shape of its paper, and its words their places on it', async () => {
    const fax = { ...picture, dpi: { x: 200, y: 100 } };
    const { shown, page } = await shownText(await write(smallDocument().pages as ReadPage[], fax));
    expect(page.getWidth()).toBeCloseTo(800 * 0.36);
    expect(page.getHeight()).toBeCloseTo(600 * 0.72);
    expect(shown[3]!.matrix.slice(0, 4)).toEqual([1, 0, 0, 1]);
    expect(shown[3]!.matrix[4]).toBeCloseTo(110 * 0.36);
    expect(shown[3]!.matrix[5]).toBeCloseTo((600 - 116) * 0.72);
  });

  it('turns the text of turned lines, and the sheet of a turned page', async () => {
    const turned = pageOf([[[lineAt('upwards', 200, 400, 20, -90)]]], { rotation: 90 });
    const { shown, page } = await shownText(await write([turned]));
    expect(shown[0]!.matrix.slice(0, 4).map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([
      0, 1, -1, 0,
    ]);
    expect(page.getRotation().angle).toBe(90);
  });

  it('keeps every character of Latin Extended-A and beyond', async () => {
    const texts = [...LATIN_EXTENDED_A, '€', '“', '≤', '漢', '😀', '\u0000'];
    const { shown } = await shownText(
      await write([pageOf([[texts.map((text, i) => lineAt(text, 10, 4 * i))]])]),
    );
    expect(shown.map(({ text }) => text)).toEqual(texts);
  });

  it('takes pictures of one bit a pixel, pages without text, and no date', async () => {
    const bilevel: PagePicture = { type: 'bilevel', bytes: new Uint8Array(0), width: 8, height: 8 };
    const pages = [pageOf([]), pageOf([])];
    const first = await write(pages, bilevel);
    expect(Buffer.from(first).equals(Buffer.from(await write(pages, bilevel)))).toBe(true);
    const loaded = await PDFDocument.load(first, { updateMetadata: false });
    expect(loaded.getPageCount()).toBe(2);
    expect(loaded.getCreationDate()).toBeUndefined();
    expect(loaded.getProducer()).toBe('Pocketlens 1.2.3');
  });

  // The tests above read the file's own parts; where poppler is installed, an independent reader is asked too.
  it.runIf(spawnSync('pdftotext', ['-v']).status === 0)('is read by pdftotext', async () => {
    const lines = [
      lineAt('The quick brown', 50, 50),
      lineAt(LATIN_EXTENDED_A.slice(0, 64).join(''), 50, 100),
      lineAt(LATIN_EXTENDED_A.slice(64).join(''), 50, 150),
      lineAt('Zażółć gęślą jaźń', 50, 200),
      lineAt('tight words here', 50, 250, 20, 3),
    ];
    const path = join(folder, 'a.pdf');
    writeFileSync(path, await write([pageOf([[lines]], { width: 1600 })]));
    const text = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
    const found = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '\f' && line !== '');
    expect(found).toEqual(lines.map((line) => line.text));
  });
});

describe('the blank font', () => {
  it('is a TrueType file with right checksums', () => {
    const font = Buffer.from(blankFont());
    let sum = 0;
    for (let at = 0; at < font.length; at += 4) sum = (sum + font.readUInt32BE(at)) >>> 0;
    expect(sum).toBe(0xb1b0afba);
    expect(font.readUInt32BE(0)).toBe(0x00010000);
    const count = font.readUInt16BE(4);
    const names = Array.from({ length: count }, (_, index) =>
      font.toString('latin1', 12 + 16 * index, 16 + 16 * index),
    );
    expect(names).toEqual(['glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp']);
  });
});
