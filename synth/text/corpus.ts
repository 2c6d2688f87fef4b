/**
 * The text corpora: natural text by language, kept as the files' own bytes (one Buffer a file, no strings) and read by
 * picking an offset, so that a worker starts in milliseconds and 26 MB of text cost 26 MB.
 *
 * Layout of a corpus folder: `index.json` = `{ files: [{ file, language }] }`; without it every `<language>/*.txt` counts.
 * UTF-8, one paragraph, heading or table row a line; wide gaps in a row are runs of spaces.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import type { Random } from '../../models/base/random.js';

const NEWLINE = 10;
const SPACE = 32;
/** Longest piece of a paragraph that is decoded for one line, in bytes. */
const WINDOW = 420;

interface LanguageText {
  readonly buffers: readonly Buffer[];
  /** Running sums of the files' weights. */
  readonly cumulative: readonly number[];
}

export class Corpus {
  readonly languages: readonly string[];
  readonly #texts: readonly LanguageText[];
  readonly #cumulative: number[] = [];

  /**
   * @param weights share of each language; languages that are not named are left out. Default: English 40 %, the rest
   * evenly over the others.
   * @throws PocketlensError `data_missing` when the folder holds no text, `invalid_data` when its index cannot be read,
   * `invalid_argument` when no weighted language has text.
   */
  constructor(folder: string, weights?: Readonly<Record<string, number>>) {
    const files = listFiles(folder);
    const byLanguage = new Map<string, Buffer[]>();
    for (const { file, language } of files) {
      if (weights && !(weights[language]! > 0)) continue;
      const buffer = readText(join(folder, file));
      if (buffer.length < 2) continue;
      const list = byLanguage.get(language);
      if (list) list.push(buffer);
      else byLanguage.set(language, [buffer]);
    }
    this.languages = [...byLanguage.keys()].sort();
    if (this.languages.length === 0) {
      throw new PocketlensError(
        'invalid_argument',
        `Expected a weighted language with text in ${folder} but received ${JSON.stringify(weights ?? {})}`,
        { remedy: 'Name a language that the corpus has, for example { en: 1 }.' },
      );
    }
    this.#texts = this.languages.map((language) => {
      const buffers = byLanguage.get(language)!;
      let sum = 0;
      // The square root keeps small files (tables, forms) from drowning among the novels.
      return { buffers, cumulative: buffers.map((buffer) => (sum += Math.sqrt(buffer.length))) };
    });
    let sum = 0;
    const others = Math.max(1, this.languages.length - 1);
    for (const language of this.languages) {
      sum += weights ? weights[language]! : language === 'en' ? 0.4 : 0.6 / others;
      this.#cumulative.push(sum);
    }
  }

  /** Index of a language, drawn by weight. */
  pickLanguage(random: Random): number {
    return pickIndex(this.#cumulative, random);
  }

  /**
   * A piece of one line of the corpus of about `length` characters or less, cut at word borders.
   * @param where 'inside': anywhere in a paragraph (long paragraphs more often); 'start': from the beginning of a line.
   */
  fragment(random: Random, length: number, where: 'inside' | 'start', language?: number): string {
    const text = this.#texts[language ?? this.pickLanguage(random)]!;
    const buffer = text.buffers[pickIndex(text.cumulative, random)]!;
    const at = Math.floor(random.next() * (buffer.length - 1));
    let start: number;
    if (where === 'start') {
      start = lineStartAfter(buffer, at);
    } else {
      const lineStart = buffer.lastIndexOf(NEWLINE, at) + 1;
      const lineEnd = lineEndAt(buffer, lineStart);
      // From anywhere that leaves a full piece before the paragraph ends.
      const latest = Math.max(lineStart, lineEnd - length);
      start = Math.min(at, latest);
      while (start > lineStart && buffer[start - 1] !== SPACE) start--;
    }
    const end = Math.min(lineEndAt(buffer, start), start + WINDOW);
    return cutAtWord(squeeze(buffer.toString('utf8', start, end)), length);
  }

  /** One word as it stands in running text, its punctuation included. */
  word(random: Random, language?: number): string {
    const text = this.#texts[language ?? this.pickLanguage(random)]!;
    const buffer = text.buffers[pickIndex(text.cumulative, random)]!;
    for (let attempt = 0; attempt < 8; attempt++) {
      let start = Math.floor(random.next() * (buffer.length - 1));
      // To the start of the next word, so that long words are not preferred; past the last word to the first.
      while (start < buffer.length && !isBreak(buffer[start]!)) start++;
      while (start < buffer.length && isBreak(buffer[start]!)) start++;
      if (start === buffer.length) {
        start = 0;
        while (start < buffer.length && isBreak(buffer[start]!)) start++;
      }
      let end = start;
      while (end < buffer.length && end - start < 60 && !isBreak(buffer[end]!)) end++;
      if (end > start && end - start < 60) return buffer.toString('utf8', start, end);
    }
    return '';
  }
}

/** Single spaces for every run of white space, no space at the ends. */
export function squeeze(text: string): string {
  return text.replace(/[\s\u00a0\ufffd]+/g, ' ').trim();
}

/** At most `length` characters of `text`, cut between words; a longer first word stays whole. */
export function cutAtWord(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.lastIndexOf(' ', length);
  if (cut > 0) return text.slice(0, cut);
  const first = text.indexOf(' ');
  return first > 0 ? text.slice(0, first) : text;
}

/** All text of a corpus folder, file by file. @throws data_missing, invalid_data */
export function* readCorpus(folder: string): Generator<{ text: string; language: string }> {
  for (const { file, language } of listFiles(folder)) {
    yield { text: readText(join(folder, file)).toString('utf8'), language };
  }
}

function readText(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new PocketlensError(
      'data_missing',
      `Expected a readable file for the corpus but received ${path}`,
      {
        cause,
        remedy: 'Unpack the corpus again.',
      },
    );
  }
}

function listFiles(folder: string): { file: string; language: string }[] {
  const index = join(folder, 'index.json');
  if (existsSync(index)) {
    try {
      const { files } = JSON.parse(readFileSync(index, 'utf8')) as {
        files: { file: string; language: string }[];
      };
      return files.map(({ file, language }) => ({ file: String(file), language: String(language) }));
    } catch (cause) {
      throw new PocketlensError(
        'invalid_data',
        `Expected { files: [{ file, language }] } for ${index} but received something else`,
        { cause, remedy: 'Unpack the corpus again.' },
      );
    }
  }
  const files = !existsSync(folder)
    ? []
    : readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap(({ name }) =>
          readdirSync(join(folder, name))
            .filter((file) => file.endsWith('.txt'))
            .map((file) => ({ file: join(name, file), language: name })),
        )
        .sort((a, b) => (a.file < b.file ? -1 : 1));
  if (files.length === 0) {
    throw new PocketlensError(
      'data_missing',
      `Expected index.json or <language>/*.txt for the corpus but received ${folder}`,
      { remedy: 'Name a folder with text files, one sub-folder a language.' },
    );
  }
  return files;
}

function pickIndex(cumulative: readonly number[], random: Random): number {
  const value = random.next() * cumulative[cumulative.length - 1]!;
  let i = 0;
  while (i < cumulative.length - 1 && value >= cumulative[i]!) i++;
  return i;
}

const isBreak = (byte: number) => byte === SPACE || byte === NEWLINE || byte === 13 || byte === 9;

function lineEndAt(buffer: Buffer, at: number): number {
  const end = buffer.indexOf(NEWLINE, at);
  return end < 0 ? buffer.length : end;
}

/** Start of a non-empty line after `at`; wraps to the first line at the end of the file. */
function lineStartAfter(buffer: Buffer, at: number): number {
  let start = buffer.indexOf(NEWLINE, at) + 1;
  while (start > 0 && start < buffer.length && buffer[start] === NEWLINE) start++;
  return start >= buffer.length ? 0 : start;
}
