/** The fonts of a folder: from its `index.json`, else every TTF, OTF and WOFF file below it. Nothing is parsed here. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expected, PocketlensError } from '../../models/base/errors.js';

export type FontCategory = 'SANS_SERIF' | 'SERIF' | 'DISPLAY' | 'HANDWRITING' | 'MONOSPACE' | 'UNKNOWN';

/** What is known of a font before it is parsed. */
export interface FontEntry {
  /** Absolute path. */
  readonly path: string;
  /** Path below the folder, with `/`: the font's stable name. */
  readonly file: string;
  readonly family: string;
  readonly category: FontCategory;
  /** E.g. `condensed`, `slab`, `typewriter`, `pixel_ocr`, `blackletter`, `wide`. */
  readonly tags: readonly string[];
  /** CSS weight, 100 (thin) to 900 (black); 400 where unknown. */
  readonly weight: number;
  readonly italic: boolean;
  /** Characters in the font's cmap that it nevertheless cannot draw. */
  readonly unsupported: string;
  /** Share of glyphs that are told apart easily, 0 to 1; 1 where unknown. */
  readonly legibility: number;
}

const CATEGORIES = new Set<string>(['SANS_SERIF', 'SERIF', 'DISPLAY', 'HANDWRITING', 'MONOSPACE']);
const FONT_FILE = /\.(ttf|otf|woff)$/i;

/**
 * The fonts of `folder`, ordered by file name so that a seed draws the same fonts on every machine.
 * @throws data_missing where the folder or every font is missing; invalid_data for an unreadable index
 */
export function openCatalogue(folder: string): FontEntry[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw expected('data_missing', 'a folder', 'the fonts', folder, {
      remedy: 'Name a folder that holds TTF, OTF or WOFF files.',
    });
  }
  const index = join(folder, 'index.json');
  const entries = existsSync(index) ? readIndex(index, folder) : scan(folder);
  if (entries.length === 0) {
    throw new PocketlensError('data_missing', `Expected fonts in ${folder} but found none.`, {
      remedy: 'Name a folder that holds TTF, OTF or WOFF files.',
    });
  }
  return entries.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
}

function readIndex(index: string, folder: string): FontEntry[] {
  let fonts: unknown;
  try {
    fonts = (JSON.parse(readFileSync(index, 'utf8')) as { fonts?: unknown }).fonts;
  } catch (cause) {
    throw new PocketlensError('invalid_data', `Expected JSON in ${index} but could not read it.`, { cause });
  }
  if (!Array.isArray(fonts)) throw expected('invalid_data', 'a list "fonts"', index, fonts);
  return (fonts as Record<string, unknown>[])
    .filter((font) => typeof font.file === 'string' && existsSync(join(folder, font.file)))
    .map((font) => entry(folder, font.file as string, font));
}

function scan(folder: string): FontEntry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && FONT_FILE.test(found.name))
    .map((found) =>
      entry(folder, relative(folder, join(found.parentPath, found.name)).split(sep).join('/'), {}),
    );
}

function entry(folder: string, file: string, known: Record<string, unknown>): FontEntry {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(FONT_FILE, '');
  const weight = Number(known.weight);
  return {
    path: join(folder, file),
    file,
    family: typeof known.family === 'string' ? known.family : (name.split('-')[0] ?? name),
    category: CATEGORIES.has(String(known.category)) ? (known.category as FontCategory) : 'UNKNOWN',
    tags: Array.isArray(known.tags) ? known.tags.map(String) : [],
    weight: weight >= 1 && weight <= 1000 ? weight : /black|heavy|bold/i.test(name) ? 700 : 400,
    italic: typeof known.italic === 'boolean' ? known.italic : /italic|oblique/i.test(name),
    unsupported: typeof known.unsupported === 'string' ? known.unsupported : '',
    legibility: typeof known.legibility === 'number' ? known.legibility : 1,
  };
}
