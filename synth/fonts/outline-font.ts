/** A parsed font as the renderer needs it: which characters it draws, their outlines, advances, kerning, ligatures. */
import { readFileSync } from 'node:fs';
import opentype from 'opentype.js';
import { PocketlensError } from '../../models/base/errors.js';
import { CLOSE, CUBIC, LINE, MOVE, Outline, QUADRATIC } from '../render/outline.js';
import { lacksLowerCase } from './caseless.js';
import type { FontEntry } from './catalogue.js';
import { looksPlainer } from './twins.js';

/** One glyph, in ems: x right, y down, the origin on the baseline. */
export interface Glyph {
  /** The font's own number of the glyph. */
  readonly index: number;
  readonly outline: Outline;
  readonly advance: number;
}

/** The f-ligatures that books are set with; longest first, as they are matched. */
const LIGATURES: readonly (readonly [text: string, character: string])[] = [
  ['ffi', '\ufb03'],
  ['ffl', '\ufb04'],
  ['fi', '\ufb01'],
  ['fl', '\ufb02'],
  ['ff', '\ufb00'],
];

interface ParsedGlyph {
  advanceWidth?: number;
  path: { commands: readonly PathCommand[] };
}
interface PathCommand {
  type: string;
  x?: number;
  y?: number;
  x1?: number;
  y1?: number;
  x2?: number;
  y2?: number;
}
interface ParsedFont {
  unitsPerEm: number;
  ascender: number;
  descender: number;
  numGlyphs: number;
  charToGlyphIndex(character: string): number | null;
  glyphs: { get(index: number): ParsedGlyph | undefined; glyphs: Record<number, ParsedGlyph | undefined> };
  getKerningValue(left: number, right: number): number;
  substitution: { getLigatures?(feature: string): { sub: number[]; by: number }[] };
}

export class OutlineFont {
  /** The font's name in its catalogue. */
  readonly name: string;
  /** Height above the baseline of capitals, in ems. */
  readonly capHeight: number;
  /** Height above the baseline of small letters, in ems. */
  readonly xHeight: number;
  /** Depth below the baseline of descenders, in ems (positive). */
  readonly descent: number;

  readonly #font: ParsedFont;
  readonly #unsupported: ReadonlySet<string>;
  readonly #glyphs = new Map<number, Glyph>();
  readonly #coverage = new Map<string, boolean>();
  readonly #kerning = new Map<number, number>();
  #ligatures: Map<string, number> | undefined;
  /** Draws small letters as capitals: such a font supports no lower case. */
  readonly caseless: boolean;

  constructor(name: string, font: ParsedFont, unsupported: string) {
    this.name = name;
    this.#font = font;
    this.#unsupported = new Set(unsupported);
    const extent = (character: string) => {
      const index = font.charToGlyphIndex(character) ?? 0;
      const outline = index > 0 ? this.#glyph(index).outline : undefined;
      return outline && !outline.empty ? outline.bounds() : undefined;
    };
    this.capHeight = clamp(-(extent('H')?.top ?? -font.ascender / font.unitsPerEm), 0.2, 1.5);
    this.xHeight = clamp(-(extent('x')?.top ?? -this.capHeight * 0.7), 0.1, 1.5);
    this.descent = clamp(extent('p')?.bottom ?? -font.descender / font.unitsPerEm, 0.05, 0.8);
    this.caseless = lacksLowerCase((character) => {
      const index = font.charToGlyphIndex(character) ?? 0;
      return index > 0 ? this.#glyph(index).outline : undefined;
    });
  }

  /**
   * Whether the font draws `character` (one code point) as what it is: in its cmap, not blank, not listed as unsupported,
   * and unlike the plain sign that would stand in for it.
   */
  supports(character: string): boolean {
    let known = this.#coverage.get(character);
    if (known === undefined) {
      known = this.#draws(character);
      this.#coverage.set(character, known);
    }
    return known;
  }

  #draws(character: string): boolean {
    if (this.#unsupported.has(character)) return false;
    const index = this.#font.charToGlyphIndex(character) ?? 0;
    if (index <= 0 || index >= this.#font.numGlyphs) return false;
    if (/^\s$/u.test(character)) return true;
    if (this.caseless && character !== character.toUpperCase()) return false;
    const { outline, advance } = this.#glyph(index);
    if (outline.empty || !(advance > 0)) return false;
    return !looksPlainer(character, (other) =>
      other === character || this.supports(other) ? this.glyph(other).outline : undefined,
    );
  }

  supportsAll(text: string): boolean {
    for (const character of text) if (!this.supports(character)) return false;
    return true;
  }

  /** The glyph of a supported character. */
  glyph(character: string): Glyph {
    return this.#glyph(this.#font.charToGlyphIndex(character) ?? 0);
  }

  /** The ligature that `text` begins with at `at`, and how many characters it stands for. */
  ligature(text: readonly string[], at: number): { glyph: Glyph; length: number } | undefined {
    if (text[at] !== 'f') return undefined;
    this.#ligatures ??= this.#findLigatures();
    for (const [letters] of LIGATURES) {
      const index = this.#ligatures.get(letters);
      if (index === undefined) continue;
      let same = true;
      for (let i = 0; i < letters.length; i++) same &&= text[at + i] === letters[i];
      if (same) return { glyph: this.#glyph(index), length: letters.length };
    }
    return undefined;
  }

  /** Extra space between two neighbouring glyphs in ems (mostly negative): GPOS where the font has it, else kern. */
  kerning(left: Glyph, right: Glyph): number {
    const key = left.index * 65536 + right.index;
    let value = this.#kerning.get(key);
    if (value === undefined) {
      try {
        value = this.#font.getKerningValue(left.index, right.index) / this.#font.unitsPerEm;
      } catch {
        value = 0; // a damaged GPOS table must not lose the font
      }
      // Some fonts hold nonsense for a few pairs; nothing in print overlaps by half an em.
      if (!(Math.abs(value) < 0.35)) value = 0;
      this.#kerning.set(key, value);
    }
    return value;
  }

  #findLigatures(): Map<string, number> {
    const found = new Map<string, number>();
    const index = (character: string) => this.#font.charToGlyphIndex(character) ?? 0;
    let rules: { sub: number[]; by: number }[] = [];
    try {
      rules = this.#font.substitution.getLigatures?.('liga') ?? [];
    } catch {
      // a damaged GSUB table: the code points below still serve
    }
    for (const [letters, character] of LIGATURES) {
      const parts = [...letters].map(index);
      const rule = rules.find(
        (r) => r.sub.length === parts.length && r.sub.every((glyph, i) => glyph === parts[i]),
      );
      const by = rule ? rule.by : index(character);
      if (by > 0 && !this.#unsupported.has(character) && !this.#glyph(by).outline.empty)
        found.set(letters, by);
    }
    return found;
  }

  #glyph(index: number): Glyph {
    let glyph = this.#glyphs.get(index);
    if (!glyph) {
      glyph = this.#read(index);
      this.#glyphs.set(index, glyph);
    }
    return glyph;
  }

  #read(index: number): Glyph {
    const outline = new Outline();
    const scale = 1 / this.#font.unitsPerEm;
    let advance = 0;
    try {
      const parsed = this.#font.glyphs.get(index);
      // The outline is read only here, when its path is asked for.
      for (const command of quietly(() => parsed?.path.commands) ?? []) addCommand(outline, command, scale);
      // A path holds floats only where the file is damaged.
      if (!outline.points.subarray(0, outline.pointCount).every((value) => Math.abs(value) < 20))
        outline.clear();
      advance = (parsed?.advanceWidth ?? 0) * scale;
      // opentype.js would keep its own, far larger copy of the outline; it reads the glyph again if it must.
      delete this.#font.glyphs.glyphs[index];
    } catch {
      outline.clear(); // this glyph is unreadable: the font does not support its character
    }
    // TrueType and PostScript outlines wind in opposite directions, and some fonts mix them.
    if (outline.windingArea() < 0) outline.reverse();
    outline.trim();
    return { index, outline, advance: Number.isFinite(advance) ? advance : 0 };
  }
}

function addCommand(outline: Outline, command: PathCommand, scale: number): void {
  const x = (command.x ?? 0) * scale;
  const y = -(command.y ?? 0) * scale;
  const x1 = (command.x1 ?? 0) * scale;
  const y1 = -(command.y1 ?? 0) * scale;
  if (command.type === 'M') outline.add(MOVE, x, y);
  else if (command.type === 'L') outline.add(LINE, x, y);
  else if (command.type === 'Q') outline.add(QUADRATIC, x1, y1, x, y);
  else if (command.type === 'C')
    outline.add(CUBIC, x1, y1, (command.x2 ?? 0) * scale, -(command.y2 ?? 0) * scale, x, y);
  else outline.add(CLOSE);
}

/** opentype.js writes what it finds odd in a font to the console; standard output belongs to results. */
function quietly<T>(action: () => T): T {
  const { log, warn, error } = console;
  console.log = console.warn = console.error = () => {};
  try {
    return action();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}

const clamp = (value: number, low: number, high: number) =>
  Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;

/**
 * Reads and parses one font file (TTF, OTF or WOFF).
 * @throws invalid_font naming the file where it cannot be parsed or draws not even the digits or letters
 */
export function loadFont(entry: FontEntry): OutlineFont {
  let font: OutlineFont;
  try {
    const bytes = readFileSync(entry.path);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    // Low-memory mode reads glyphs when they are asked for: a fifth of the time and a quarter of the memory.
    const parsed = quietly(
      () => opentype.parse(buffer, { lowMemory: true } as never) as unknown as ParsedFont,
    );
    if (!(parsed.unitsPerEm > 0)) throw new Error('no units per em');
    font = new OutlineFont(entry.file, parsed, entry.unsupported);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PocketlensError(
      'invalid_font',
      `Expected a TTF, OTF or WOFF font in ${entry.path} but received a file that cannot be parsed (${reason}).`,
      {
        remedy: 'Remove the file or replace it by an intact copy.',
        details: { path: entry.path },
        cause,
      },
    );
  }
  if (!['0', 'A', 'a'].some((character) => font.supports(character))) {
    throw new PocketlensError(
      'invalid_font',
      `Expected Latin letters or digits in ${entry.path} but it draws none of "0", "A" and "a".`,
      {
        remedy: 'Leave fonts of other scripts out of the folder.',
        details: { path: entry.path },
      },
    );
  }
  return font;
}
