/**
 * Label folders. Lines and words: `labels.tsv`, one `file<TAB>text` a row. Pages: beside each image a `.json`
 * (`{file, width, height, lines: [{text, quad, ignore?}]}`, lines in reading order) or a `.gt.txt` (its text, reflowed).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, parse, resolve, sep } from 'node:path';
import { z } from 'zod';
import { PocketlensError } from '../../../models/base/errors.js';
import type { LabelledLine } from '../../../models/base/image.js';
import { IMAGE_SUFFIXES } from '../../files/image-kind.js';

export interface LabelledFile {
  /** Name of the image within the folder. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  /** The lines of a page, where they are labelled. */
  readonly lines?: readonly LabelledLine[];
  /** The text is reflowed: words divided at line ends are whole. */
  readonly reflowed?: boolean;
}

export interface LabelledSet {
  readonly name: string;
  readonly kind: 'lines' | 'words' | 'pages';
  /** Labels are upper-cased: compare case-insensitively. */
  readonly fold: boolean;
  readonly samples: readonly LabelledFile[];
}

const UPPER_CASED = new Set(['sroie', 'svt']);

const point = z.tuple([z.number(), z.number()]);
const pageSchema = z.object({
  file: z.string(),
  lines: z.array(
    z.object({
      /** Missing where a page's labels are boxes alone. */
      text: z.string().default(''),
      quad: z.tuple([point, point, point, point]),
      ignore: z.boolean().optional(),
    }),
  ),
});

/** @throws data_missing where the folder or its labels are missing, invalid_data where they cannot be understood */
export function loadLabels(folder: string): LabelledSet {
  const path = resolve(folder);
  if (!existsSync(path)) throw missing(folder);
  const name = basename(path);
  const table = join(path, 'labels.tsv');
  const words = `${path}${sep}`.includes(`${sep}words${sep}`);
  const samples = existsSync(table) ? fromTable(table, path) : fromPages(path);
  if (samples.length === 0) throw missing(folder);
  return {
    name,
    kind: existsSync(table) ? (words ? 'words' : 'lines') : 'pages',
    fold: UPPER_CASED.has(name),
    samples,
  };
}

function fromTable(table: string, folder: string): LabelledFile[] {
  const texts = new Map<string, string>();
  for (const row of readText(table).split('\n')) {
    const tab = row.indexOf('\t');
    if (tab >= 0) texts.set(row.slice(0, tab), row.slice(tab + 1));
  }
  return [...texts].map(([file, text]) => ({ file, path: join(folder, file), text }));
}

/** Ending of a page's text without its line ends. */
const REFLOWED = '.gt.txt';

function fromPages(folder: string): LabelledFile[] {
  const names = readdirSync(folder).sort();
  const reflowed = new Set(names.filter((name) => name.endsWith(REFLOWED)));
  const pages = new Map<string, LabelledFile>();
  for (const name of names) {
    if (name.endsWith('.json')) {
      const { file, lines } = readPage(join(folder, name));
      const text = lines.filter((line) => !line.ignore).map((line) => line.text);
      const isReflowed = reflowed.has(`${parse(file).name}${REFLOWED}`);
      pages.set(file, { file, path: join(folder, file), text: text.join('\n'), lines, reflowed: isReflowed });
    } else if (reflowed.has(name)) {
      const stem = name.slice(0, -REFLOWED.length);
      const isImage = (other: string) =>
        parse(other).name === stem && IMAGE_SUFFIXES.has(parse(other).ext.toLowerCase());
      const file = names.find(isImage) ?? `${stem}.webp`;
      if (pages.has(file)) continue;
      pages.set(file, { file, path: join(folder, file), text: readText(join(folder, name)), reflowed: true });
    }
  }
  return [...pages.values()];
}

function readPage(path: string): { file: string; lines: LabelledLine[] } {
  try {
    const { file, lines } = pageSchema.parse(JSON.parse(readText(path)));
    return {
      file,
      lines: lines.map(({ text, quad, ignore }) =>
        ignore === undefined ? { text, quad } : { text, quad, ignore },
      ),
    };
  } catch (cause) {
    throw new PocketlensError(
      'invalid_data',
      `Expected the labels of a page for ${path} but could not read them.`,
      {
        remedy: 'A page label is JSON: {file, lines: [{text, quad: [[x, y], four corners], ignore?}]}.',
        cause,
      },
    );
  }
}

/** Any kind of line end becomes \n. */
function readText(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n');
}

function missing(folder: string): PocketlensError {
  return new PocketlensError('data_missing', `Expected a folder with labels for ${folder} but found none.`, {
    remedy: 'Lines and words need labels.tsv, pages a .json or .gt.txt beside each image.',
  });
}
