import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFont, type OutlineFont } from '../../../synth/fonts/outline-font.js';
import { layoutText } from '../../../synth/render/layout.js';
import { fixtureEntry, fixtureFont } from '../fonts/fixture-font.js';

function load(settings: Parameters<typeof fixtureFont>[0]): OutlineFont {
  const folder = mkdtempSync(join(tmpdir(), 'pocketlens-layout-'));
  return loadFont(fixtureEntry(folder, fixtureFont(settings), 'font.ttf'));
}

describe('layoutText', () => {
  const font = load({ kerning: { AV: -120 }, ligature: true });

  it('advances by the glyphs, kerned unless told not to', () => {
    expect(layoutText(font, 'AV', 100, { kerning: false }).width).toBeCloseTo(124, 3);
    const kerned = layoutText(font, 'AV', 100);
    expect(kerned.width).toBeCloseTo(112, 3);
    expect(kerned.characters[1]!.left).toBeCloseTo(50, 3);
    expect(kerned.outline.bounds().right).toBeLessThan(
      layoutText(font, 'AV', 100, { kerning: false }).outline.bounds().right,
    );
  });

  it('sets ligatures and shares their width among their characters', () => {
    const joined = layoutText(font, 'fix', 100);
    expect(joined.characters.map(({ character }) => character)).toEqual(['f', 'i', 'x']);
    expect(joined.characters[0]!.right).toBeCloseTo(44, 3);
    expect(joined.characters[1]!.right).toBeCloseTo(88, 3);
    expect(layoutText(font, 'fix', 100, { ligatures: false }).characters[0]!.right).toBeCloseTo(50, 3);
    // Letter-spaced text has no ligatures.
    expect(layoutText(font, 'fix', 100, { tracking: 0.1 }).characters[1]!.left).toBeCloseTo(60, 3);
  });

  it('keeps one character range a code point, left to right, for blanks and gaps too', () => {
    const { characters, width } = layoutText(font, 'A b  V', 50, {
      gaps: new Map([[1, 2]]),
      wordSpace: 1.5,
      tracking: 0.02,
    });
    expect(characters.map(({ character }) => character).join('')).toBe('A b  V');
    for (let i = 1; i < characters.length; i++) {
      expect(characters[i]!.left).toBeGreaterThanOrEqual(characters[i - 1]!.right - 1e-9);
    }
    expect(characters[1]!.right - characters[1]!.left).toBeCloseTo((0.3 * 1.5 + 2) * 50, 3);
    expect(width).toBe(characters.at(-1)!.right);
  });

  it('scales with the size, the stretch and the offsets', () => {
    expect(layoutText(font, 'AB', 40).width).toBeCloseTo(layoutText(font, 'AB', 20).width * 2, 5);
    expect(layoutText(font, 'AB', 40, { stretch: 0.5 }).width).toBeCloseTo(
      layoutText(font, 'AB', 20).width,
      5,
    );
    const straight = layoutText(font, 'A', 100).outline.bounds();
    const moved = layoutText(font, 'A', 100, {
      offset: () => ({ x: 0.1, y: -0.2, rotation: 0 }),
    }).outline.bounds();
    expect(moved.left - straight.left).toBeCloseTo(10, 3);
    expect(moved.top - straight.top).toBeCloseTo(-20, 3);
  });

  it('begins glyphs at whole pixels where asked', () => {
    for (const { left } of layoutText(font, 'ABCD', 17.3, { wholePixels: true }).characters) {
      expect(left).toBe(Math.round(left));
    }
  });
});
