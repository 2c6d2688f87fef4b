import { describe, expect, it } from 'vitest';
import type { ReadLine } from '../../../../apps/ocr/document.js';
import { mapQuad, rotation } from '../../../../apps/ocr/layout/geometry.js';
import { layOut } from '../../../../apps/ocr/layout/lay-out.js';
import type { Quad } from '../../../../models/base/image.js';

const quad = (left: number, top: number, width: number, height: number): Quad => [
  [left, top],
  [left + width, top],
  [left + width, top + height],
  [left, top + height],
];

const line = (text: string, left: number, top: number, width: number, height = 20): ReadLine => {
  const box = quad(left, top, width, height);
  return { text, quad: box, confidence: 0.9, words: [{ text, quad: box, confidence: 0.9 }] };
};

const texts = (lines: readonly ReadLine[], options = {}) =>
  layOut(lines, options).map((block) =>
    block.paragraphs.map((paragraph) => paragraph.lines.map((item) => item.text)),
  );

describe('layOut', () => {
  it('gives nothing for nothing', () => {
    expect(layOut([])).toEqual([]);
  });

  it('joins an item and its price into one line', () => {
    const [block] = layOut([
      line('3.90', 300, 2, 50),
      line('TEA', 0, 0, 60),
      line('TOTAL', 0, 30, 90),
      line('3.90', 300, 31, 50),
    ]);
    const lines = block?.paragraphs.flatMap((paragraph) => paragraph.lines) ?? [];
    expect(lines.map((item) => item.text)).toEqual(['TEA 3.90', 'TOTAL 3.90']);
    expect(lines[0]?.words.map((word) => word.text)).toEqual(['TEA', '3.90']);
    expect(lines[0]?.quad).toEqual(quad(0, 0, 350, 22));
  });

  it('keeps text of another size apart', () => {
    expect(texts([line('SALE', 0, 0, 200, 60), line('only today', 220, 20, 100, 20)]).flat(2)).toEqual([
      'SALE',
      'only today',
    ]);
  });

  it('begins a paragraph at an indent, after a short line and after a gap', () => {
    const page = [
      line('a1', 30, 0, 370),
      line('a2', 0, 26, 400),
      line('a3', 0, 52, 200),
      line('b1', 30, 78, 370),
      line('b2', 0, 104, 398),
      line('b3', 0, 130, 150),
      line('c1', 0, 156, 400),
      line('c2', 0, 182, 395),
      line('d1', 0, 222, 400),
      line('d2', 0, 248, 300),
    ];
    expect(texts(page)).toEqual([
      [
        ['a1', 'a2', 'a3'],
        ['b1', 'b2', 'b3'],
        ['c1', 'c2'],
        ['d1', 'd2'],
      ],
    ]);
  });

  it('sees indents in ragged text, and a page number below it', () => {
    const prose = ['a', 'b', 'c'].flatMap((name, i) => [
      line(`${name}1`, 30, 78 * i, 330 - 9 * i),
      line(`${name}2`, 0, 78 * i + 26, 400 - 7 * i),
      line(`${name}3`, 0, 78 * i + 52, 381 + 4 * i),
    ]);
    expect(texts([...prose, line('94', 185, 234, 30)])).toEqual([
      [['a1', 'a2', 'a3'], ['b1', 'b2', 'b3'], ['c1', 'c2', 'c3'], ['94']],
    ]);
  });

  it('keeps a table whole whose first cell is empty in some rows', () => {
    const page = Array.from({ length: 6 }, (_, i) => [
      ...(i % 3 === 0 ? [line(`region${i}`, 0, 44 * i, 90)] : []),
      line(`product${i}`, 160, 44 * i, 120),
      line(`price${i}`, 420, 44 * i, 70),
      line(`amount${i}`, 560, 44 * i, 80),
    ]).flat();
    const [block, ...others] = texts(page);
    expect(others).toEqual([]);
    expect(block).toHaveLength(1);
    expect(block![0]).toHaveLength(6);
  });

  it('does not take centred lines for indents', () => {
    const page = [400, 200, 350, 120, 380].map((width, i) => line(`${i}`, 200 - width / 2, i * 26, width));
    expect(texts(page)).toEqual([[['0', '1', '2', '3', '4']]]);
  });

  it('begins a block after a wide gap and a paragraph where the print grows', () => {
    const page = [
      line('Title', 0, 0, 200, 40),
      line('a', 0, 46, 400),
      line('b', 0, 72, 400),
      line('foot', 0, 200, 400),
    ];
    expect(texts(page)).toEqual([[['Title'], ['a', 'b']], [['foot']]]);
  });

  it('lays out a skewed page as it does the straight one', () => {
    const slope = 0.06;
    const rows = 12;
    const page = [0, 440].flatMap((x) =>
      Array.from({ length: rows }, (_, i) => line(`${x}/${i}`, x, i * 30, 400)),
    );
    const turn = rotation(slope);
    const skewed = page.map((item) => ({ ...item, quad: mapQuad(item.quad, turn) }));
    expect(texts(skewed, { slope }).flat(2)).toEqual(page.map((item) => item.text));
  });
});
