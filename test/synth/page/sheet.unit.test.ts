import { describe, expect, it } from 'vitest';
import type { Quad } from '../../../models/base/image.js';
import { Random } from '../../../models/base/random.js';
import { PageFaces } from '../../../synth/page/faces.js';
import { Sheet } from '../../../synth/page/sheet.js';
import { fixtureFolders } from '../fonts/fixture-font.js';

const faces = new PageFaces(fixtureFolders().fontFolder, 3);
const face = faces.pick(0, new Random('face'), { serif: 1, sans: 1 });

/** Dark pixels' bounds. */
function inkBox(sheet: Sheet) {
  const { width, data } = sheet.toGray();
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  data.forEach((value, i) => {
    if (value > 220) return;
    const x = i % width;
    const y = Math.floor(i / width);
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box;
}

/** How far a point is outside a convex clockwise quad; negative inside. */
function outside(quad: Quad, x: number, y: number): number {
  return Math.max(
    ...quad.map(([px, py], i) => {
      const [qx, qy] = quad[(i + 1) % 4]!;
      return ((py - qy) * (x - px) + (qx - px) * (y - py)) / -Math.hypot(qx - px, qy - py);
    }),
  );
}

describe('Sheet', () => {
  it('labels a line with the box of its ink and each word with its own', () => {
    for (const size of [12, 23.4, 60]) {
      const sheet = new Sheet(600, 120, 255);
      sheet.text('HEL xo', 20, 80, { face, size, tone: 0 });
      const [{ quad, words, text }] = sheet.lines as [(typeof sheet.lines)[0]];
      const ink = inkBox(sheet);
      expect(text).toBe('HEL xo');
      expect(words!.map((word) => word.text)).toEqual(['HEL', 'xo']);
      for (const [value, wanted] of [
        [quad[0][0], ink.left],
        [quad[2][0], ink.right],
        [quad[0][1], ink.top],
        [quad[2][1], ink.bottom],
      ] as const) {
        expect(Math.abs(value - wanted)).toBeLessThan(1.5);
      }
      expect(words![0]!.quad[1][0]).toBeLessThan(words![1]!.quad[0][0]);
      expect(words![1]!.quad[1][0]).toBeCloseTo(quad[1][0], 3);
    }
  });

  it('turns the labels with the drawing', () => {
    for (const [angle, shear] of [
      [0.5, 0],
      [-1.2, 0],
      [0.3, 0.2],
      [Math.PI / 2, 0],
    ] as const) {
      const sheet = new Sheet(400, 400, 255);
      sheet.turned(200, 200, angle, () => sheet.text('HELLO', -60, 10, { face, size: 40, tone: 0 }), shear);
      const [{ quad }] = sheet.lines as [(typeof sheet.lines)[0]];
      const { width, data } = sheet.toGray();
      let dark = 0;
      data.forEach((value, i) => {
        if (value > 127) return;
        dark++;
        expect(outside(quad, (i % width) + 0.5, Math.floor(i / width) + 0.5)).toBeLessThan(1);
      });
      expect(dark).toBeGreaterThan(200);
    }
  });

  it('aligns and justifies', () => {
    const sheet = new Sheet(400, 200, 255);
    const style = { face, size: 20, tone: 0 };
    const width = sheet.text('A B C', 350, 40, style, { align: 'right' });
    sheet.text('A B C', 200, 80, style, { align: 'center' });
    expect(sheet.text('A B C', 10, 120, style, { justify: 300 })).toBeCloseTo(300, 3);
    expect(width).toBeCloseTo(sheet.measure('A B C', style), 0);
    const [right, centred] = sheet.lines;
    expect(right!.quad[0][0] - centred!.quad[0][0]).toBeCloseTo(350 - width - (200 - width / 2), 3);
  });

  it('labels nothing for blank text', () => {
    const sheet = new Sheet(50, 50, 255);
    expect(sheet.text('   ', 5, 20, { face, size: 12, tone: 0 })).toBe(0);
    expect(sheet.lines).toEqual([]);
  });
});
