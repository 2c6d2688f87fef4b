import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Extent } from '../../../../apps/ocr/layout/geometry.js';
import { readingOrder } from '../../../../apps/ocr/layout/reading-order.js';

const order = (extents: readonly Extent[], columns = true) =>
  readingOrder(extents, { columns }).flatMap((block) => block.flatMap((row) => row.map((box) => box.index)));

const line = (left: number, top: number, width: number, height = 20): Extent => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

const anyLine = fc
  .tuple(
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 5, max: 600 }),
    fc.integer({ min: 5, max: 60 }),
  )
  .map(([left, top, width, height]) => line(left, top, width, height));
const anyPage = fc.uniqueArray(anyLine, {
  maxLength: 40,
  selector: (e) => `${e.left},${e.top},${e.right},${e.bottom}`,
});

/** `rows` lines of running text in a column: the last line of each paragraph is short. */
const column = (left: number, top: number, rows: number, leading = 30, width = 400) =>
  Array.from({ length: rows }, (_, i) => line(left, top + i * leading, i % 5 === 4 ? width * 0.5 : width));

describe('readingOrder', () => {
  it('has every line exactly once', () => {
    fc.assert(
      fc.property(anyPage, fc.boolean(), (page, columns) => {
        expect(order(page, columns).sort((a, b) => a - b)).toEqual(page.map((_, i) => i));
      }),
    );
  });

  it('does not depend on the order of detection', () => {
    const shuffled = anyPage.chain((page) =>
      fc.tuple(fc.constant(page), fc.shuffledSubarray([...page.keys()], { minLength: page.length })),
    );
    fc.assert(
      fc.property(shuffled, ([page, permutation]) => {
        const moved = order(permutation.map((i) => page[i] as Extent)).map((i) => permutation[i]);
        expect(moved).toEqual(order(page));
      }),
    );
  });

  it('does not depend on place or scale', () => {
    fc.assert(
      fc.property(
        anyPage,
        fc.integer({ min: -2000, max: 2000 }),
        fc.constantFrom(0.25, 0.5, 2, 8),
        (page, by, scale) => {
          const moved = page.map((e) => ({
            left: (e.left + by) * scale,
            top: (e.top + by) * scale,
            right: (e.right + by) * scale,
            bottom: (e.bottom + by) * scale,
          }));
          expect(order(moved)).toEqual(order(page));
        },
      ),
    );
  });

  it('keeps two addresses side by side whole, also where their last rows are short', () => {
    const left = [104, 265, 289, 247, 250, 215].map((width, i) => line(60, 60 + 36 * i, width, 27));
    const right = [119, 271, 316, 270, 212, 217].map((width, i) => line(600, 60 + 36 * i, width, 27));
    expect(order([...left, ...right])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    // What stands below them across the gutter is no part of them.
    const below = line(60, 60 + 36 * 6, 760, 27);
    expect(order([...left, ...right, below])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('reads a heading below two columns with the text that follows it, also when it stands in the left one', () => {
    const columns = [...column(50, 100, 5), ...column(500, 100, 5)];
    const heading = line(50, 320, 300, 28);
    const after = [line(50, 364, 700), line(50, 394, 850)];
    expect(order([...columns, heading, ...after])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    // The last line of a longer column stands at the column's own distance.
    const longer = [...columns, line(50, 250, 180), line(50, 320, 850)];
    expect(order(longer)).toEqual([0, 1, 2, 3, 4, 10, 5, 6, 7, 8, 9, 11]);
  });

  it('reads a byline above the right column before both', () => {
    const above = [line(50, 20, 850, 40), line(500, 72, 300)];
    const columns = [...column(50, 130, 5), ...column(500, 130, 5)];
    expect(order([...above, ...columns])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('reads a single column downwards', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 40, max: 500 }), fc.integer({ min: 2, max: 60 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (rows) => {
          let top = 0;
          const page = rows.map(([width, gap]) => {
            top += 20 + gap;
            return line(10, top, width);
          });
          expect(order(page)).toEqual(page.map((_, i) => i));
        },
      ),
    );
  });

  it('reads the left of two columns first, on common or own baselines', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 30 }),
        fc.integer({ min: 3, max: 30 }),
        fc.constantFrom(0, 7, 15),
        (left, right, shift) => {
          const page = [...column(0, 100, left), ...column(440, 100 + shift, right)];
          expect(order(page)).toEqual(page.map((_, i) => i));
        },
      ),
    );
  });

  it('reads three columns between a heading and a footer', () => {
    const page = [
      line(100, 0, 1000, 40),
      ...[0, 440, 880].flatMap((x) => column(x, 100, 12)),
      line(500, 600, 300),
    ];
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('reads columns above a heading before those below', () => {
    const page = [
      ...column(0, 0, 8),
      ...column(440, 0, 8),
      line(0, 300, 840, 30),
      ...column(0, 360, 8),
      ...column(440, 360, 8),
    ];
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('keeps line numbers with their lines in each column', () => {
    const numbered = (left: number) =>
      Array.from({ length: 10 }, (_, i) => [line(left, i * 30, 20), line(left + 40, i * 30, 380)]).flat();
    const page = [...numbered(0), ...numbered(500)];
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('reads a receipt row by row', () => {
    const page = Array.from({ length: 12 }, (_, i) => [
      line(0, i * 30, 90 + 17 * (i % 4)),
      line(300, i * 30 + 2, 60),
    ]).flat();
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('reads a table with long cells row by row', () => {
    const page = Array.from({ length: 12 }, (_, i) => [
      line(0, i * 30, 250),
      line(300, i * 30, 90),
      line(420, i * 30, 120),
      line(600, i * 30, 260),
    ]).flat();
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('reads justified text before the table beside it, on the same baselines', () => {
    const table = Array.from({ length: 12 }, (_, i) => [
      line(440, i * 30, 130 + 10 * (i % 5)),
      line(640, i * 30, 60),
      line(740, i * 30, 60),
    ]).flat();
    const page = [...column(0, 0, 12), ...table];
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('sets a page number below a column apart', () => {
    const page = [...column(0, 0, 8), ...column(440, 0, 8), line(0, 400, 30)];
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('follows a curled row', () => {
    const page = [0, 1, 2].flatMap((row) =>
      [0, 1, 2, 3].map((cell) => line(cell * 150, row * 30 + cell * 8, 60)),
    );
    expect(order(page)).toEqual(page.map((_, i) => i));
  });

  it('reads a stamp that runs up the margin last', () => {
    const page = [...column(60, 0, 20), { left: 0, top: 100, right: 22, bottom: 500 }];
    expect(order(page).at(-1)).toBe(20);
    expect(order(page).slice(0, 20)).toEqual([...Array(20).keys()]);
  });

  it('reads across when columns are not wanted', () => {
    expect(order([...column(0, 0, 3), ...column(440, 0, 3)], false)).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('stays quick on a page of many cells', () => {
    const page = Array.from({ length: 60 }, (_, y) =>
      Array.from({ length: 12 }, (_, x) => line(x * 80, y * 30, 50)),
    ).flat();
    const start = performance.now();
    expect(order(page)).toEqual(page.map((_, i) => i));
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
