import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alto } from '../../../../apps/ocr/formats/alto.js';
import { hocr } from '../../../../apps/ocr/formats/hocr.js';
import { documentOf, lineAt, pageOf, smallDocument, TEXT_CONTEXT } from '../sample-document.js';
import { find, readXml, type XmlElement } from './xml-reader.js';

const hocrOf = (document = smallDocument()) => readXml(hocr.write([document], TEXT_CONTEXT) as string);
const altoOf = (document = smallDocument()) => readXml(alto.write([document], TEXT_CONTEXT) as string);
const byClass = (root: XmlElement, name: string) =>
  find(root, (element) => element.attributes.class === name);
const byName = (root: XmlElement, name: string) => find(root, (element) => element.name === name);

/** Any text at all: controls, XML's own characters, lone surrogates. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", ']]>', '\0', '\v', '\u001f', '\ud800', '\ufffe', '\n'),
    minLength: 1,
    maxLength: 8,
  }),
);

describe('hocr', () => {
  it('nests page, area, paragraph, line and word', () => {
    const root = hocrOf();
    const [page] = byClass(root, 'ocr_page');
    expect(page!.attributes.title).toBe('image "scan.png"; bbox 0 0 800 600; ppageno 0');
    const chain = ['ocr_page', 'ocr_carea', 'ocr_par', 'ocr_line', 'ocrx_word'];
    for (const [index, name] of chain.slice(1).entries())
      for (const parent of byClass(root, chain[index]!))
        for (const child of parent.children) expect(child.attributes.class).toBe(name);
    expect(chain.map((name) => byClass(root, name).length)).toEqual([1, 2, 3, 4, 9]);
    const words = byClass(root, 'ocrx_word');
    expect(words.map((word) => word.text)).toContain('Heading');
    for (const word of words) expect(word.attributes.title).toMatch(/^bbox \d+ \d+ \d+ \d+; x_wconf 90$/);
    const ids = find(root, (element) => 'id' in element.attributes).map((element) => element.attributes.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('puts the characters of a word in elements of their own where it has them', () => {
    const line = lineAt('a<', 10, 20);
    const word = line.words[0]!;
    const characters = [...word.text].map((text) => ({ text, quad: word.quad, confidence: 0.5 }));
    const root = hocrOf(documentOf([pageOf([[[{ ...line, words: [{ ...word, characters }] }]]])]));
    const found = byClass(root, 'ocrx_cinfo');
    expect(found.map(({ text }) => text)).toEqual(['a', '<']);
    expect(found[0]!.attributes.title).toBe('x_bboxes 10 20 30 40; x_conf 50');
    expect(byClass(root, 'ocrx_word')[0]!.children).toEqual(found);
  });

  it('tells the slope of the baseline, or the direction of turned lines', () => {
    const title = (degrees: number) => {
      const document = documentOf([pageOf([[[lineAt('turned words', 300, 300, 20, degrees)]]])]);
      return byClass(hocrOf(document), 'ocr_line')[0]!.attributes.title!;
    };
    expect(title(0)).toContain('; baseline 0 0; x_size 20');
    expect(title(5)).toMatch(/; baseline 0\.087 -\d+; x_size 20/);
    expect(title(-5)).toMatch(/; baseline -0\.087 0; /);
    expect(title(90)).toContain('; textangle 270; ');
    expect(title(-90)).toContain('; textangle 90; ');
    expect(title(180)).toContain('; textangle 180; ');
  });

  it('keeps boxes inside the page', () => {
    const document = documentOf([pageOf([[[lineAt('outside', 780, 590)]]])]);
    const [, ...box] = /bbox (\d+) (\d+) (\d+) (\d+)/.exec(
      byClass(hocrOf(document), 'ocrx_word')[0]!.attributes.title!,
    )!;
    expect(box.map(Number)).toEqual([780, 590, 800, 600]);
  });
});

describe('alto', () => {
  // What the schema (version 4.4) demands of the elements that are written: children in order, attributes, identifiers.
  const CHILDREN: Record<string, RegExp> = {
    alto: /^Description,Layout,$/,
    Description: /^MeasurementUnit,sourceImageInformation,Processing,$/,
    sourceImageInformation: /^fileName,$/,
    Processing: /^processingCategory,processingSoftware,$/,
    processingSoftware: /^softwareName,softwareVersion,$/,
    Layout: /^(Page,)+$/,
    Page: /^PrintSpace,$/,
    PrintSpace: /^(ComposedBlock,)*$/,
    ComposedBlock: /^(Shape,)?(TextBlock,)+$/,
    TextBlock: /^(Shape,)?(TextLine,)+$/,
    TextLine: /^(Shape,)?String,(SP,String,)*$/,
    String: /^(Shape,)?(Glyph,)*$/,
    Glyph: /^(Shape,)?$/,
    Shape: /^Polygon,$/,
  };
  const REQUIRED: Record<string, string[]> = {
    Processing: ['ID'],
    Page: ['ID', 'PHYSICAL_IMG_NR'],
    ComposedBlock: ['ID'],
    TextBlock: ['ID'],
    TextLine: ['ID'],
    String: ['CONTENT'],
    Glyph: ['CONTENT'],
    Polygon: ['POINTS'],
  };
  const NUMBERS = ['HPOS', 'VPOS', 'WIDTH', 'HEIGHT', 'WC', 'GC', 'PHYSICAL_IMG_NR'];

  function check(root: XmlElement): void {
    const ids = new Set<string>();
    for (const element of find(root, () => true)) {
      const children = element.children.map((child) => `${child.name},`).join('');
      expect(children, element.name).toMatch(CHILDREN[element.name] ?? /^$/);
      for (const name of REQUIRED[element.name] ?? []) expect(element.attributes).toHaveProperty(name);
      for (const name of NUMBERS)
        if (name in element.attributes) expect(element.attributes[name]).toMatch(/^-?\d+(\.\d+)?$/);
      const id = element.attributes.ID;
      if (id === undefined) continue;
      expect(id).toMatch(/^[A-Za-z_][\w.-]*$/);
      expect(ids).not.toContain(id);
      ids.add(id);
    }
  }

  it('keeps to the schema', () => {
    const turned = pageOf([[[lineAt('two words', 100, 100, 20, 30)]]]);
    const root = altoOf(documentOf([smallDocument().pages[0]!, turned, pageOf([])]));
    check(root);
    expect(root.attributes.xmlns).toBe('http://www.loc.gov/standards/alto/ns-v4#');
    expect(byName(root, 'Page')).toHaveLength(3);
    expect(byName(root, 'String').map((string) => string.attributes.CONTENT)).toContain('paragraph');
    expect(byName(root, 'Polygon')).toHaveLength(3);
  });

  it('keeps a line that was not read as one empty string', () => {
    const empty = { ...lineAt('', 0, 0), words: [] };
    const root = altoOf(documentOf([pageOf([[[empty]], [[lineAt('a', 0, 0)]]])]));
    check(root);
    expect(byName(root, 'String').map((string) => string.attributes.CONTENT)).toEqual(['', 'a']);
  });

  it('puts the characters of a word in glyphs where it has them', () => {
    const line = lineAt('a<', 10, 20, 20, 30);
    const word = line.words[0]!;
    const characters = [...word.text].map((text) => ({ text, quad: word.quad, confidence: 0.5 }));
    const root = altoOf(documentOf([pageOf([[[{ ...line, words: [{ ...word, characters }] }]]])]));
    check(root);
    const glyphs = byName(root, 'Glyph');
    expect(glyphs.map(({ attributes }) => [attributes.CONTENT, attributes.GC])).toEqual([
      ['a', '0.5000'],
      ['<', '0.5000'],
    ]);
    expect(glyphs[0]!.attributes.HPOS).toBe(byName(root, 'String')[0]!.attributes.HPOS);
  });
});

it('hocr and alto stay well-formed whatever the texts and file names hold', () => {
  fc.assert(
    fc.property(anyText, anyText, (word, file) => {
      const line = lineAt('x', 10, 10);
      const document = documentOf(
        [pageOf([[[{ ...line, text: word, words: [{ ...line.words[0]!, text: word }] }]]])],
        file,
      );
      const clean = word
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids
        .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd');
      expect(byClass(hocrOf(document), 'ocrx_word')[0]!.text).toBe(clean);
      expect(byName(altoOf(document), 'String')[0]!.attributes.CONTENT).toBe(clean);
    }),
    { numRuns: 300, seed: 7 },
  );
});
