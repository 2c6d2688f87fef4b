import { describe, expect, it } from 'vitest';
import { PocketlensError } from '../../../models/base/errors.js';
import {
  createPageRenderer,
  PAGE_KINDS,
  type PageRendererOptions,
} from '../../../synth/page/page-renderer.js';
import { FIXTURE_CHARACTERS, fixtureFolders } from '../fonts/fixture-font.js';
import { digest } from './digest.js';

const OPTIONS: PageRendererOptions = { seed: 5, ...fixtureFolders(), charset: FIXTURE_CHARACTERS };

describe('createPageRenderer', () => {
  it('gives the same page for the same seed and number, whatever was rendered before', () => {
    const renderer = createPageRenderer(OPTIONS);
    const first = [0, 1, 2, 3, 4].map((i) => digest(renderer.render(i)));
    expect(digest(createPageRenderer(OPTIONS).render(3))).toBe(first[3]);
    expect(digest(createPageRenderer({ ...OPTIONS, seed: 6 }).render(3))).not.toBe(first[3]);
  });

  it.each(PAGE_KINDS)('draws pages with lines that can be read: %s', (kind) => {
    const renderer = createPageRenderer({ ...OPTIONS, kinds: { [kind]: 1 } });
    let lines = 0;
    let legible = 0;
    for (let i = 0; i < 6; i++) {
      const page = renderer.render(i);
      const { width, height, data } = page.image;
      expect(data).toHaveLength(width * height);
      expect(Math.max(width, height)).toBeLessThan(4000);
      lines += page.lines.length;
      for (const line of page.lines) {
        expect(line.text).toMatch(/^\S+( \S+)*$/u);
        expect(line.words!.length).toBeGreaterThan(0);
        expect(line.quad.flat().every(Number.isFinite)).toBe(true);
        // Words lie within their line.
        const left = Math.min(...line.quad.map((p) => p[0])) - 1;
        const right = Math.max(...line.quad.map((p) => p[0])) + 1;
        for (const word of line.words!)
          for (const [x] of word.quad) expect(x >= left && x <= right).toBe(true);
        if (!line.ignore) legible++;
      }
    }
    expect(lines).toBeGreaterThan(6);
    expect(legible).toBeGreaterThan(0.6 * lines);
  });

  it('refuses bad options', () => {
    for (const bad of [
      { strength: 2 },
      { kinds: { poem: 1 } as never },
      { kinds: { form: 0 } },
      { fontFolder: '/nowhere' },
    ]) {
      expect(() => createPageRenderer({ ...OPTIONS, ...bad })).toThrow(PocketlensError);
    }
  });
});
