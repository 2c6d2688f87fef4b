import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import { DEFAULT_CHARSET } from '../../../models/recognizer/charset.js';
import { createTextSource, type TextKind, type TextSource } from '../../../synth/text/text-source.js';

const KINDS: readonly TextKind[] = [
  'sentence',
  'word',
  'number',
  'receipt',
  'form',
  'code',
  'caps',
  'scene',
  'mixed',
];
const ENGLISH = [
  'Chapter One',
  'It was a bright morning, and the “old” harbour — as the fishermen’s wives call it — lay still under a thin fog.',
  'England   550,924   662,676   908,141',
  'The quick brown fox jumps over the lazy dog while seventeen quiet visitors examine the wooden boxes near the gate.',
  'No.',
];
const GERMAN = [
  'Die Größe der Übung ändert sich täglich, schrieb er „müde“ an die Straße.',
  'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.',
];
const everything = () => true;

let folder: string;
let source: TextSource;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pocketlens-corpus-'));
  for (const [language, lines] of [
    ['en', ENGLISH],
    ['de', GERMAN],
  ] as const) {
    mkdirSync(join(folder, language));
    writeFileSync(
      join(folder, language, 'a.txt'),
      `${Array.from({ length: 40 }, () => lines.join('\n')).join('\n')}\n`,
    );
  }
  const files = ['en', 'de'].map((language) => ({ file: `${language}/a.txt`, language }));
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ files }));
  source = createTextSource({ corpusFolder: folder, charset: DEFAULT_CHARSET });
});

afterAll(() => rmSync(folder, { recursive: true }));

function expectWellFormed(text: string): void {
  expect(text).not.toBe('');
  expect(text).toBe(text.trim());
  expect(text).not.toContain('  ');
  expect(text).toBe(text.normalize('NFC'));
  expect(text.length).toBeLessThanOrEqual(100);
}

describe('lines of text', () => {
  it.each(KINDS)('are well formed and inside the charset: %s', (kind) => {
    const random = new Random(1, kind);
    const charset = new Set(DEFAULT_CHARSET);
    for (let i = 0; i < 3000; i++) {
      const text = source.next(random, kind, everything);
      expectWellFormed(text);
      for (const character of text) if (!charset.has(character)) throw new Error(`${character} in ${text}`);
    }
  });

  it.each(KINDS)('are the same for the same seed: %s', (kind) => {
    const lines = () => {
      const random = new Random(7, kind);
      return Array.from({ length: 200 }, () => source.next(random, kind, everything));
    };
    expect(lines()).toEqual(lines());
    expect(new Set(lines()).size).toBeGreaterThan(60);
  });

  it.each([
    ['capital letters only', /[A-Z]/],
    ['no digits', /[^0-9]/],
    ['seven letters', /[aeinrst]/],
    ['digits only', /[0-9]/],
    ['ASCII', /[!-~]/],
    ['one sign', /§/],
  ])('hold only what a font supports: %s', (_, pattern) => {
    const supports = (character: string) => pattern.test(character);
    for (const kind of KINDS) {
      const random = new Random(3, kind);
      for (let i = 0; i < 150; i++) {
        const text = source.next(random, kind, supports);
        expectWellFormed(text);
        for (const character of text) {
          if (character !== ' ' && !supports(character)) throw new Error(`${character} in ${text}`);
        }
      }
    }
  });

  it('ask the font only about visible characters of the charset', () => {
    const charset = new Set(DEFAULT_CHARSET);
    const asked = new Set<string>();
    const random = new Random(4);
    for (let i = 0; i < 500; i++) source.next(random, 'mixed', (c) => asked.add(c).size > 0);
    expect([...asked].filter((c) => c === ' ' || !charset.has(c))).toEqual([]);
  });

  it('show every character of the charset about once in 3,000 lines or more often', () => {
    const random = new Random(5);
    const count = 45_000;
    const lines = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      for (const character of new Set(source.next(random, 'mixed', everything))) {
        lines.set(character, (lines.get(character) ?? 0) + 1);
      }
    }
    const wanted = [...source.characters].filter((c) => c !== ' ');
    expect(wanted.length).toBeGreaterThan(300);
    // 15 expected at one in 3,000; 5 leaves room for chance.
    expect(wanted.filter((c) => (lines.get(c) ?? 0) < 5)).toEqual([]);
    const mean =
      wanted.filter((c) => c > '~').reduce((sum, c) => sum + (lines.get(c) ?? 0), 0) / wanted.length;
    expect(mean).toBeGreaterThan(15);
  });

  it('have natural lengths', () => {
    const random = new Random(6);
    const lengths = Array.from({ length: 4000 }, () => source.next(random, 'sentence', everything).length);
    const mean = lengths.reduce((a, b) => a + b) / lengths.length;
    expect(mean).toBeGreaterThan(18);
    expect(mean).toBeLessThan(36);
    expect(Math.max(...lengths)).toBeGreaterThan(80);
    expect(Math.min(...lengths)).toBeLessThan(6);
  });

  it('are drawn from the languages that are asked for', () => {
    const german = createTextSource({ corpusFolder: folder, charset: DEFAULT_CHARSET, languages: { de: 1 } });
    const random = new Random(8);
    const all = Array.from({ length: 500 }, () => german.next(random, 'sentence', everything)).join(' ');
    expect(all).toContain('täglich');
    expect(all).not.toContain('harbour');
  });

  it('cost well under a tenth of a millisecond', () => {
    const random = new Random(9);
    for (let i = 0; i < 2000; i++) source.next(random, 'mixed', everything);
    const from = process.cpuUsage();
    for (let i = 0; i < 10_000; i++) source.next(random, 'mixed', everything);
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1000 / 10_000).toBeLessThan(0.1);
  });
});

describe('a corpus that cannot serve', () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof PocketlensError) return error.code;
      throw error;
    }
    return undefined;
  };

  it('is refused with a code', () => {
    const charset = DEFAULT_CHARSET;
    expect(code(() => createTextSource({ corpusFolder: join(folder, 'none'), charset }))).toBe(
      'data_missing',
    );
    expect(code(() => createTextSource({ corpusFolder: folder, charset, languages: { xx: 1 } }))).toBe(
      'invalid_argument',
    );
    expect(code(() => createTextSource({ corpusFolder: folder, charset: ' \n' }))).toBe('invalid_argument');
    expect(code(() => source.next(new Random(1), 'word', () => false))).toBe('invalid_font');
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'index.json'), '{"files": 3}');
    expect(code(() => createTextSource({ corpusFolder: broken, charset }))).toBe('invalid_data');
    writeFileSync(join(broken, 'index.json'), '{"files": [{"file": "en/none.txt", "language": "en"}]}');
    expect(code(() => createTextSource({ corpusFolder: broken, charset }))).toBe('data_missing');
  });

  it('is read without an index too', () => {
    const plain = join(folder, 'plain');
    mkdirSync(join(plain, 'it'), { recursive: true });
    writeFileSync(join(plain, 'it', 'x.txt'), 'perché');
    const text = createTextSource({ corpusFolder: plain, charset: DEFAULT_CHARSET });
    const random = new Random(2);
    const all = Array.from({ length: 100 }, () => text.next(random, 'word', everything)).join(' ');
    expect(all).toContain('perch');
  });
});
