/** A small font made in memory: every character is a stem with bars that spell its code; and folders to render from. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import opentype from 'opentype.js';
import type { FontEntry } from '../../../synth/fonts/catalogue.js';

export const FIXTURE_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-:/$%()!?';

interface FontSettings {
  characters?: string;
  /** Pairs of characters → units of 1000 an em. */
  kerning?: Readonly<Record<string, number>>;
  ligature?: boolean;
  /** Winds contours the other way, as PostScript fonts do. */
  reversed?: boolean;
  /** Draws small letters with the shapes of capitals. */
  caseless?: boolean;
  /** Characters → those whose shape they are drawn with. */
  twins?: Readonly<Record<string, string>>;
}

export function fixtureFont(settings: FontSettings = {}): Buffer {
  const { characters = FIXTURE_CHARACTERS, kerning, ligature, reversed = false, caseless = false } = settings;
  const { twins = {} } = settings;
  const glyphs = [
    new opentype.Glyph({ name: '.notdef', unicode: 0, advanceWidth: 500, path: new opentype.Path() }),
    new opentype.Glyph({ name: 'space', unicode: 32, advanceWidth: 300, path: new opentype.Path() }),
  ];
  for (const character of characters) {
    const shape = twins[character] ?? (caseless ? character.toUpperCase() : character);
    const small = /[a-z]/.test(character);
    glyphs.push(
      new opentype.Glyph({
        name: `c${character.codePointAt(0)}`,
        unicode: character.codePointAt(0) as number,
        advanceWidth: small ? 500 : 620,
        path: barcode(shape.codePointAt(0) as number, small ? 500 : 700, small ? 420 : 540, reversed),
      }),
    );
  }
  const fiIndex = glyphs.length;
  if (ligature) {
    const path = barcode(0x55, 700, 800, reversed);
    glyphs.push(new opentype.Glyph({ name: 'f_i', advanceWidth: 880, path, unicode: 0xe001 }));
  }
  const font = new opentype.Font({
    familyName: 'Fixture',
    styleName: 'Regular',
    unitsPerEm: 1000,
    ascender: 800,
    descender: -200,
    glyphs,
  });
  const at = (character: string) => [...characters].indexOf(character) + 2;
  if (ligature) {
    const { substitution } = font as unknown as {
      substitution: { add(feature: string, rule: { sub: number[]; by: number }): void };
    };
    substitution.add('liga', { sub: [at('f'), at('i')], by: fiIndex });
  }
  const bytes = Buffer.from(font.toArrayBuffer());
  if (!kerning) return bytes;
  const pairs = Object.entries(kerning).map(([pair, value]) => [at(pair[0]!), at(pair[1]!), value] as const);
  return withTable(bytes, 'kern', kernTable(pairs));
}

function barcode(code: number, height: number, width: number, reversed: boolean) {
  const path = new opentype.Path();
  const rectangle = (x: number, y: number, w: number, h: number) => {
    const corners = [
      [x, y],
      [x, y + h],
      [x + w, y + h],
      [x + w, y],
    ];
    if (reversed) corners.reverse();
    corners.forEach(([px, py], i) => {
      if (i === 0) path.moveTo(px!, py!);
      else path.lineTo(px!, py!);
    });
    path.close();
  };
  // Mixed, so that the two cases of a letter look quite unlike.
  const bits = (Math.imul(code, 0x9e3779b1) >>> 22) | 1;
  rectangle(60, 0, 80, height);
  for (let bit = 0; bit < 7; bit++) {
    if ((bits >> bit) & 1) rectangle(180, (height * bit) / 7, width - 200, height / 12);
  }
  return path;
}

function kernTable(pairs: readonly (readonly [number, number, number])[]): Buffer {
  const table = Buffer.alloc(18 + pairs.length * 6);
  table.writeUInt16BE(0, 0);
  table.writeUInt16BE(1, 2);
  table.writeUInt16BE(14 + pairs.length * 6, 6);
  table.writeUInt16BE(1, 8);
  table.writeUInt16BE(pairs.length, 10);
  pairs.forEach(([left, right, value], i) => {
    table.writeUInt16BE(left, 18 + i * 6);
    table.writeUInt16BE(right, 20 + i * 6);
    table.writeInt16BE(value, 22 + i * 6);
  });
  return table;
}

/** The font file with one more table. */
function withTable(font: Buffer, tag: string, table: Buffer): Buffer {
  const count = font.readUInt16BE(4);
  const head = Buffer.alloc(12 + (count + 1) * 16);
  font.copy(head, 0, 0, 12 + count * 16);
  head.writeUInt16BE(count + 1, 4);
  for (let i = 0; i < count; i++)
    head.writeUInt32BE(font.readUInt32BE(12 + i * 16 + 8) + 16, 12 + i * 16 + 8);
  const row = 12 + count * 16;
  head.write(tag, row, 'latin1');
  const body = font.subarray(12 + count * 16);
  head.writeUInt32BE(head.length + body.length, row + 8);
  head.writeUInt32BE(table.length, row + 12);
  return Buffer.concat([head, body, table]);
}

/** Writes the font's bytes as a file of the folder and describes it as a catalogue would. */
export function fixtureEntry(
  folder: string,
  bytes: Buffer,
  name: string,
  known: Partial<FontEntry> = {},
): FontEntry {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return {
    path,
    file: name,
    family: 'Test',
    category: 'UNKNOWN',
    tags: [],
    weight: 400,
    italic: false,
    unsupported: '',
    legibility: 1,
    ...known,
  };
}

/** A folder with three fonts and a broken one, and a corpus, in the system's temporary folder. */
export function fixtureFolders(): { fontFolder: string; corpusFolder: string } {
  const root = mkdtempSync(join(tmpdir(), 'pocketlens-synth-'));
  const fontFolder = join(root, 'fonts');
  const corpusFolder = join(root, 'corpus');
  mkdirSync(join(fontFolder, 'deep'), { recursive: true });
  mkdirSync(join(corpusFolder, 'en'), { recursive: true });
  writeFileSync(join(fontFolder, 'Alpha-Regular.ttf'), fixtureFont());
  writeFileSync(
    join(fontFolder, 'deep', 'Beta-Bold.otf'),
    fixtureFont({ reversed: true, kerning: { AV: -120 } }),
  );
  writeFileSync(join(fontFolder, 'Gamma.ttf'), fixtureFont({ characters: 'abcdefghijklmnopqrstuvwxyz.,' }));
  writeFileSync(join(fontFolder, 'Broken.ttf'), Buffer.from('this is no font at all'));
  const sentences = Array.from(
    { length: 60 },
    (_, i) =>
      `The ${i}th quick fox jumps over ${i * 7} lazy dogs, and Vicky pays $${i}.50 for AVA (${i * 3}%)!`,
  );
  writeFileSync(join(corpusFolder, 'en', 'text.txt'), `${sentences.join('\n')}\n`);
  return { fontFolder, corpusFolder };
}
