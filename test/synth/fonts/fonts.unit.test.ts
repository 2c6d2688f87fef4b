import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PocketlensError } from '../../../models/base/errors.js';
import { Random } from '../../../models/base/random.js';
import { type FontEntry, openCatalogue } from '../../../synth/fonts/catalogue.js';
import { FontCache } from '../../../synth/fonts/font-cache.js';
import { FontPool } from '../../../synth/fonts/font-pool.js';
import { loadFont } from '../../../synth/fonts/outline-font.js';
import { fitText } from '../../../synth/text/fit.js';
import { FIXTURE_CHARACTERS, fixtureEntry, fixtureFolders, fixtureFont } from './fixture-font.js';

const folder = mkdtempSync(join(tmpdir(), 'pocketlens-fonts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entryFor = (bytes: Buffer, name = 'test.ttf', known: Partial<FontEntry> = {}): FontEntry =>
  fixtureEntry(folder, bytes, name, known);

function errorOf(action: () => unknown): PocketlensError {
  try {
    action();
  } catch (error) {
    if (error instanceof PocketlensError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('catalogue', () => {
  it('finds fonts at any depth where there is no index, in a stable order', () => {
    const { fontFolder } = fixtureFolders();
    const entries = openCatalogue(fontFolder);
    expect(entries.map(({ file }) => file)).toEqual([
      'Alpha-Regular.ttf',
      'Broken.ttf',
      'Gamma.ttf',
      'deep/Beta-Bold.otf',
    ]);
    expect(entries[3]).toMatchObject({ family: 'Beta', weight: 700, category: 'UNKNOWN' });
  });

  it('reads the index and leaves out files that are not there', () => {
    const root = join(folder, 'indexed');
    mkdirSync(root);
    writeFileSync(join(root, 'a.ttf'), fixtureFont());
    const fonts = [
      { file: 'a.ttf', category: 'SERIF', tags: ['slab'], weight: 300, italic: true, unsupported: 'Q' },
      { file: 'gone.ttf', category: 'SERIF' },
    ];
    writeFileSync(join(root, 'index.json'), JSON.stringify({ fonts }));
    const entries = openCatalogue(root);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      category: 'SERIF',
      tags: ['slab'],
      weight: 300,
      italic: true,
      unsupported: 'Q',
    });
  });

  it.each([
    ['a missing folder', join(folder, 'nowhere'), 'data_missing'],
    ['a file', __filename, 'data_missing'],
  ])('reports %s', (_what, path, code) => {
    expect(errorOf(() => openCatalogue(path)).code).toBe(code);
  });

  it('reports an index that is no JSON', () => {
    const root = join(folder, 'bad-index');
    mkdirSync(root);
    writeFileSync(join(root, 'index.json'), '{"fonts": [');
    expect(errorOf(() => openCatalogue(root)).code).toBe('invalid_data');
  });
});

describe('outline font', () => {
  it('reads its coverage from the cmap, less what is listed as unsupported', () => {
    const font = loadFont(entryFor(fixtureFont(), 'cover.ttf', { unsupported: 'Q' }));
    for (const character of FIXTURE_CHARACTERS.replace('Q', ''))
      expect(font.supports(character), character).toBe(true);
    expect(font.supports(' ')).toBe(true);
    for (const character of ['Q', 'é', '€', 'Ж', '\u0000', '#'])
      expect(font.supports(character), character).toBe(false);
    expect(font.supportsAll('Ja.')).toBe(true);
    expect(font.supportsAll('Jä.')).toBe(false);
  });

  it('measures capitals and small letters in ems', () => {
    const font = loadFont(entryFor(fixtureFont()));
    expect(font.capHeight).toBeCloseTo(0.7, 2);
    expect(font.xHeight).toBeCloseTo(0.5, 2);
  });

  it('kerns the pairs of the kern table', () => {
    const font = loadFont(entryFor(fixtureFont({ kerning: { AV: -120, To: -50 } }), 'kern.ttf'));
    const value = (pair: string) => font.kerning(font.glyph(pair[0]!), font.glyph(pair[1]!));
    expect(value('AV')).toBeCloseTo(-0.12, 5);
    expect(value('To')).toBeCloseTo(-0.05, 5);
    expect(value('VA')).toBe(0);
  });

  it('finds the fi ligature of the font', () => {
    const font = loadFont(entryFor(fixtureFont({ ligature: true }), 'liga.ttf'));
    expect(font.ligature([...'fix'], 0)?.length).toBe(2);
    expect(font.ligature([...'fax'], 0)).toBeUndefined();
    const plain = loadFont(entryFor(fixtureFont(), 'plain.ttf'));
    expect(plain.ligature([...'fix'], 0)).toBeUndefined();
  });

  it('winds every glyph alike, whichever way the file does', () => {
    const usual = loadFont(entryFor(fixtureFont(), 'a.ttf')).glyph('B').outline;
    const other = loadFont(entryFor(fixtureFont({ reversed: true }), 'b.ttf')).glyph('B').outline;
    expect(usual.windingArea()).toBeGreaterThan(0);
    expect(other.windingArea()).toBeCloseTo(usual.windingArea(), 6);
  });

  it('does not support lower case where it is drawn as capitals', () => {
    const font = loadFont(entryFor(fixtureFont({ caseless: true }), 'caps.ttf'));
    expect(font.caseless).toBe(true);
    expect(font.supports('A')).toBe(true);
    expect(font.supports('a')).toBe(false);
    expect(loadFont(entryFor(fixtureFont())).caseless).toBe(false);
  });

  it('does not support signs that it draws exactly as plainer ones', () => {
    const characters = `${FIXTURE_CHARACTERS}'"’”–−‚`;
    const twins = { '’': "'", '”': '"', '−': '–', '‚': ',' };
    const font = loadFont(entryFor(fixtureFont({ characters, twins }), 'twins.ttf'));
    const supported = [...'’”–−'].filter((character) => font.supports(character));
    expect(supported).toEqual(['–']);
    // Its place tells a low quote from a comma.
    expect(font.supports('‚')).toBe(true);
    expect(fitText('it’s −5 – “so”', new Set(characters), (c) => font.supports(c)).text).toBe(
      `it's –5 – "so"`,
    );
    const other = loadFont(entryFor(fixtureFont({ characters }), 'no-twins.ttf'));
    for (const character of '’”–−') expect(other.supports(character), character).toBe(true);
  });

  it('supports a sign whose plainer twin is missing', () => {
    const characters = `${FIXTURE_CHARACTERS}’`;
    const font = loadFont(entryFor(fixtureFont({ characters, twins: { '’': "'" } }), 'lone.ttf'));
    expect(font.supports('’')).toBe(true);
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('not a font')],
    ['a truncated font', fixtureFont().subarray(0, 200)],
    ['a font without letters', fixtureFont({ characters: '.,' })],
  ])('reports %s by its path', (_what, bytes) => {
    const error = errorOf(() => loadFont(entryFor(bytes, 'broken.ttf')));
    expect(error.code).toBe('invalid_font');
    expect(error.message).toContain('broken.ttf');
    expect(error.toLine()).not.toContain('\n');
  });

  it('survives damaged bytes: a coded error or a font that still answers', () => {
    const whole = fixtureFont({ ligature: true, kerning: { AV: -90 } });
    const random = new Random('damage');
    for (let n = 0; n < 150; n++) {
      const bytes = Buffer.from(whole);
      for (let k = random.int(1, 12); k > 0; k--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      try {
        const font = loadFont(entryFor(bytes, 'damaged.ttf'));
        for (const character of 'AVfi0') {
          if (!font.supports(character)) continue;
          const { outline } = font.glyph(character);
          expect(outline.points.every(Number.isFinite)).toBe(true);
        }
        font.ligature([...'fi'], 0);
      } catch (error) {
        expect((error as PocketlensError).code, String(error)).toBe('invalid_font');
      }
    }
  });
});

describe('cache and pool', () => {
  it('reports a broken font once, skips it and keeps as many fonts as allowed', () => {
    const { fontFolder } = fixtureFolders();
    const broken: string[] = [];
    const cache = new FontCache(1, (error) => broken.push(error.message));
    const entries = openCatalogue(fontFolder);
    const first = cache.get(entries[0]!);
    expect(first).toBeDefined();
    expect(cache.get(entries[0]!)).toBe(first);
    expect(cache.get(entries[1]!)).toBeUndefined();
    expect(cache.get(entries[1]!)).toBeUndefined();
    expect(broken).toHaveLength(1);
    expect(cache.get(entries[0]!)).not.toBe(first);
  });

  it('draws the same font for the same line, and every font in the long run', () => {
    const { fontFolder } = fixtureFolders();
    const catalogue = openCatalogue(fontFolder);
    const pick = (index: number) =>
      new FontPool(catalogue, 5).pick(index, new Random(1, index), { serif: 1 }).entry.file;
    expect(pick(77)).toBe(pick(77));
    const pool = new FontPool(catalogue, 5);
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) seen.add(pool.pick(i * 100, new Random(1, i), { serif: 1 }).entry.file);
    expect([...seen].sort()).toEqual(['Alpha-Regular.ttf', 'Gamma.ttf', 'deep/Beta-Bold.otf']);
  });

  it('fails with a coded error where every font is broken', () => {
    const catalogue = [entryFor(Buffer.from('broken'), 'only.ttf')];
    const error = errorOf(() => new FontPool(catalogue, 1).pick(0, new Random(1), { sans: 1 }));
    expect(error.code).toBe('invalid_font');
  });
});
