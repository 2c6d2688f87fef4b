/** The blank font as a PDF object, with a map from the codes that were used back to Unicode. */
import type { PDFDocument, PDFRef } from 'pdf-lib';
import { ADVANCE, ASCENT, blankFont, DESCENT } from './blank-font.js';

const NAME = 'PocketlensBlank';
/** Entries that one section of a character map may hold. */
const MOST_ENTRIES = 100;

/** Gives each character a 16-bit code in the order in which they first appear. */
export class CharacterFont {
  readonly #codes = new Map<string, number>();

  /** One code a character (code point). A document with more than 65,535 different characters repeats the last code. */
  encode(text: string): number[] {
    return Array.from(text, (character) => {
      const known = this.#codes.get(character);
      if (known !== undefined) return known;
      const code = Math.min(this.#codes.size + 1, 0xffff);
      this.#codes.set(character, code);
      return code;
    });
  }

  /** Writes the font under `ref`, once all text is encoded. */
  async embed(
    { PDFName, PDFString }: typeof import('pdf-lib'),
    document: PDFDocument,
    ref: PDFRef,
  ): Promise<void> {
    const { context } = document;
    const file = blankFont();
    const stream = (bytes: Uint8Array, extra = {}) => context.register(context.flateStream(bytes, extra));
    const descriptor = context.obj({
      Type: 'FontDescriptor',
      FontName: NAME,
      Flags: 4, // symbolic: not the standard Latin characters
      FontBBox: [0, DESCENT, ADVANCE, ASCENT],
      ItalicAngle: 0,
      Ascent: ASCENT,
      Descent: DESCENT,
      CapHeight: ASCENT,
      StemV: 80,
      FontFile2: stream(file, { Length1: file.length }),
    });
    const descendant = context.obj({
      Type: 'Font',
      Subtype: 'CIDFontType2',
      BaseFont: NAME,
      CIDSystemInfo: { Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 },
      FontDescriptor: context.register(descriptor),
      DW: ADVANCE,
      CIDToGIDMap: stream(this.#glyphMap()),
    });
    context.assign(
      ref,
      context.obj({
        Type: 'Font',
        Subtype: 'Type0',
        BaseFont: PDFName.of(NAME),
        Encoding: 'Identity-H',
        DescendantFonts: [context.register(descendant)],
        ToUnicode: stream(Buffer.from(this.#unicodeMap(), 'latin1')),
      }),
    );
  }

  /** Two bytes a code: all of them are glyph 1. */
  #glyphMap(): Uint8Array {
    const map = new Uint8Array(2 * (this.#codes.size + 1));
    for (let at = 3; at < map.length; at += 2) map[at] = 1;
    return map;
  }

  #unicodeMap(): string {
    const entries = [...this.#codes].map(([character, code]) => {
      const utf16 = Buffer.from(character, 'utf16le').swap16().toString('hex');
      return `<${code.toString(16).padStart(4, '0')}> <${utf16}>`;
    });
    const sections: string[] = [];
    for (let from = 0; from < entries.length; from += MOST_ENTRIES) {
      const section = entries.slice(from, from + MOST_ENTRIES);
      sections.push(`${section.length} beginbfchar\n${section.join('\n')}\nendbfchar`);
    }
    return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
${sections.join('\n')}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
`;
  }
}
