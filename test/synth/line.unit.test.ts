import { describe, expect, it } from 'vitest';
import type { LineSample } from '../../models/base/image.js';
import { openCatalogue } from '../../synth/fonts/catalogue.js';
import { loadFont } from '../../synth/fonts/outline-font.js';
import { createLineRenderer, type LineRendererOptions, type ProfileName } from '../../synth/line.js';
import { PROFILES } from '../../synth/render/profiles.js';
import { FIXTURE_CHARACTERS, fixtureFolders } from './fonts/fixture-font.js';

const OPTIONS: LineRendererOptions = { seed: 11, ...fixtureFolders(), charset: `${FIXTURE_CHARACTERS}é€` };
const lines = (options: LineRendererOptions, count: number, from = 0): LineSample[] => {
  const renderer = createLineRenderer(options);
  return Array.from({ length: count }, (_, i) => renderer.render(from + i));
};
const deviation = ({ image: { data } }: LineSample) => {
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  return Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
};

describe('createLineRenderer', () => {
  it('gives the same bytes for the same seed and number, whatever was rendered before', () => {
    const first = lines(OPTIONS, 30);
    expect(lines(OPTIONS, 30)).toEqual(first);
    expect(createLineRenderer(OPTIONS).render(17)).toEqual(first[17]);
    expect(lines({ ...OPTIONS, seed: 12 }, 30).map(({ text }) => text)).not.toEqual(
      first.map(({ text }) => text),
    );
  });

  it.each(Object.keys(PROFILES) as ProfileName[])('draws ink that can be seen: %s', (profile) => {
    for (const sample of lines({ ...OPTIONS, profiles: { [profile]: 1 } }, 40)) {
      const { image, text } = sample;
      expect(image.data.length).toBe(image.width * image.height);
      expect(image.height).toBeGreaterThanOrEqual(3);
      expect(image.height).toBeLessThan(220);
      expect(deviation(sample), `${profile}: ${text}`).toBeGreaterThan(2);
    }
  });

  it('writes only labels that charset and fonts allow, trimmed, single blanks', () => {
    const fonts = openCatalogue(OPTIONS.fontFolder)
      .filter(({ file }) => !file.includes('Broken'))
      .map(loadFont);
    for (const { text } of lines(OPTIONS, 150)) {
      expect(text).toMatch(/^\S+( \S+)*$/u);
      expect([...text].length).toBeLessThanOrEqual(100);
      for (const character of text.replaceAll(' ', '')) {
        expect(OPTIONS.charset).toContain(character);
        expect(
          fonts.some((font) => font.supports(character)),
          character,
        ).toBe(true);
      }
    }
  });

  it('writes cells of tables as they stand: short, often of digits alone', () => {
    const texts = lines({ ...OPTIONS, charset: FIXTURE_CHARACTERS, profiles: { receipt: 1 } }, 300).map(
      ({ text }) => text,
    );
    const share = (isMeant: (text: string) => boolean) => texts.filter(isMeant).length / texts.length;
    expect(share((text) => [...text].length <= 8)).toBeGreaterThan(0.25);
    expect(share((text) => /^\d{1,2}$/.test(text))).toBeGreaterThan(0.01);
  });

  it('names broken fonts and goes on without them', () => {
    const renderer = createLineRenderer(OPTIONS);
    for (let i = 0; i < 60; i++) renderer.render(i * 200);
    expect(renderer.brokenFonts).toHaveLength(1);
    expect(renderer.brokenFonts[0]).toContain('Broken.ttf');
  });

  it('gives words only where asked, and a mixture else', () => {
    expect(lines({ ...OPTIONS, kind: 'word' }, 60).every(({ text }) => !text.includes(' '))).toBe(true);
    const blanks = lines(OPTIONS, 100).filter(({ text }) => text.includes(' ')).length;
    expect(blanks).toBeGreaterThan(40);
    expect(blanks).toBeLessThan(95);
  });

  it('draws even ink on an even ground without distortion and compositing', () => {
    for (const { image } of lines({ ...OPTIONS, strength: 0, compositing: false }, 20)) {
      const counts = new Map<number, number>();
      for (const value of image.data) counts.set(value, (counts.get(value) ?? 0) + 1);
      const two = [...counts.values()].sort((a, b) => b - a).slice(0, 2);
      expect((two[0]! + (two[1] ?? 0)) / image.data.length).toBeGreaterThan(0.4);
    }
  });

  it('crops tightly and loosely: the print takes from a third to all of the height', () => {
    const shares = lines({ ...OPTIONS, strength: 0, profiles: { clean: 1 } }, 120).map(({ image }) => {
      const { width, height, data } = image;
      const ground = [...data].sort((a, b) => a - b)[data[0]! > 128 ? data.length - 1 : 0]!;
      const inked = Array.from({ length: height }, (_, y) =>
        data.subarray(y * width, (y + 1) * width).some((value) => Math.abs(value - ground) > 30),
      );
      return (inked.lastIndexOf(true) - inked.indexOf(true) + 1) / height;
    });
    expect(Math.min(...shares)).toBeLessThan(0.6);
    expect(shares.filter((share) => share > 0.95).length).toBeGreaterThan(10);
  });

  it.each([
    ['strength', { strength: 2 }, 'invalid_argument'],
    ['charset', { charset: ' ' }, 'invalid_argument'],
    ['profile', { profiles: { nosuch: 1 } as never }, 'invalid_argument'],
    ['profiles without weight', { profiles: { clean: 0 } }, 'invalid_argument'],
    ['font folder', { fontFolder: '/nowhere/at/all' }, 'data_missing'],
    ['texture folder', { textureFolder: '/nowhere/at/all' }, 'data_missing'],
  ])('rejects a bad %s', (_what, change, code) => {
    expect(() => createLineRenderer({ ...OPTIONS, ...change })).toThrow(expect.objectContaining({ code }));
  });

  it('rejects a negative line number', () => {
    expect(() => createLineRenderer(OPTIONS).render(-1)).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});
