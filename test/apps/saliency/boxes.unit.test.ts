import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBoxes } from '../../../apps/saliency/boxes.js';

function picture(lines: string[], values: Record<string, number> = { '#': 255, o: 100, '.': 0 }) {
  const data = Uint8Array.from(lines.join(''), (letter) => values[letter]!);
  return { width: lines[0]!.length, height: lines.length, data };
}

describe('findBoxes', () => {
  it('finds each part, the most salient first', () => {
    const boxes = findBoxes(picture(['oo...#', 'oo....', '......', '...##.', '...##.']), 50);
    expect(boxes).toEqual([
      { x: 3, y: 3, width: 2, height: 2, area: 4, share: 1020 / 1675 },
      { x: 0, y: 0, width: 2, height: 2, area: 4, share: 400 / 1675 },
      { x: 5, y: 0, width: 1, height: 1, area: 1, share: 255 / 1675 },
    ]);
    expect(findBoxes(picture(['oo...#']), 200)).toHaveLength(1);
    expect(findBoxes(picture(['...']), 1)).toEqual([]);
  });

  it('joins what touches, also by a corner and also late', () => {
    expect(findBoxes(picture(['#.#', '#.#', '###']), 1)).toHaveLength(1);
    expect(findBoxes(picture(['#..', '.#.', '#.#']), 1)).toHaveLength(1);
    expect(findBoxes(picture(['#.#.#', '.....', '#.#.#']), 1)).toHaveLength(6);
    expect(findBoxes(picture(['#.#.#.#', '#.#.###', '#.###..', '###....']), 1)).toHaveLength(1);
  });

  it('passes over specks', () => {
    const data = new Uint8Array(100 * 100);
    data.fill(255, 0, 9);
    expect(findBoxes({ width: 100, height: 100, data }, 1)).toEqual([]);
    data.fill(255, 9, 10);
    expect(findBoxes({ width: 100, height: 100, data }, 1)).toHaveLength(1);
  });

  it('finds what a flood fill finds', () => {
    const cells = fc.integer({ min: 1, max: 9 }).chain((width) =>
      fc.array(fc.array(fc.boolean(), { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 9,
      }),
    );
    fc.assert(
      fc.property(cells, (lines) => {
        const data = Uint8Array.from(lines.flat(), (isSubject) => (isSubject ? 255 : 0));
        const image = { width: lines[0]!.length, height: lines.length, data };
        const areas = findBoxes(image, 128).map(({ area }) => area);
        expect(areas).toEqual(floodAreas(lines));
      }),
    );
  });
});

function floodAreas(lines: boolean[][]): number[] {
  const open = lines.map((line) => [...line]);
  const fill = (y: number, x: number): number => {
    if (!open[y]?.[x]) return 0;
    open[y]![x] = false;
    let area = 1;
    for (let v = y - 1; v <= y + 1; v++) for (let u = x - 1; u <= x + 1; u++) area += fill(v, u);
    return area;
  };
  return lines
    .flatMap((line, y) => line.map((_, x) => fill(y, x)))
    .filter((area) => area > 0)
    .sort((a, b) => b - a);
}
