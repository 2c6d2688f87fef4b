import { createCanvas, Path2D } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../models/base/random.js';
import { fillInto, fillOutlines } from '../../../synth/render/fill.js';
import { grown } from '../../../synth/render/grow.js';
import { CLOSE, COORDINATES, CUBIC, LINE, MOVE, Outline, QUADRATIC } from '../../../synth/render/outline.js';

/** A blob of lines and curves, and a rectangular hole in it. */
function blob(random: Random, size: number): Outline {
  const outline = new Outline();
  const point = () => [random.range(-0.1, 1.1) * size, random.range(-0.1, 1.1) * size] as const;
  for (let contour = 0; contour < 3; contour++) {
    outline.add(MOVE, ...point());
    for (let i = 0; i < 4; i++) {
      const code = random.pick([LINE, QUADRATIC, CUBIC]);
      outline.add(code, ...Array.from({ length: COORDINATES[code]! / 2 }, point).flat());
    }
    outline.add(CLOSE);
  }
  return outline;
}

/** A star of curves round the middle, the other way round where `turned`: never crosses itself. */
function star(random: Random, size: number, radius: number, turned: boolean): Outline {
  const outline = new Outline();
  const at = (turn: number, r: number) =>
    [size / 2 + Math.cos(turn * 2 * Math.PI) * r, size / 2 + Math.sin(turn * 2 * Math.PI) * r] as const;
  const first = at(0, radius);
  outline.add(MOVE, ...first);
  const arms = 7;
  for (let i = 0; i < arms; i++) {
    const end = i === arms - 1 ? first : at((i + 1) / arms, radius * random.range(0.5, 1));
    const control = (share: number) => at((i + share) / arms, radius * random.range(0.5, 1));
    const code = random.pick([LINE, QUADRATIC, CUBIC]);
    if (code === LINE) outline.add(LINE, ...end);
    else if (code === QUADRATIC) outline.add(QUADRATIC, ...control(0.5), ...end);
    else outline.add(CUBIC, ...control(0.33), ...control(0.66), ...end);
  }
  outline.add(CLOSE);
  if (turned) outline.reverse();
  return outline;
}

function pathData(outline: Outline): string {
  let data = '';
  let at = 0;
  for (let k = 0; k < outline.codeCount; k++) {
    const code = outline.codes[k]!;
    data += 'MLQCZ'[code];
    for (const end = at + COORDINATES[code]!; at < end; at++) data += ` ${outline.points[at]}`;
  }
  return data;
}

const sum = (data: Uint8Array) => data.reduce((total, value) => total + value, 0);

describe('fillOutlines', () => {
  it('covers a rectangle by its exact area, also at fractions of pixels and across the edges', () => {
    const outline = new Outline();
    outline.addRectangle(1.25, 0.5, 3.5, 2);
    const mask = fillOutlines(outline, 5, 3);
    expect([...mask.data.slice(0, 5)]).toEqual([0, 96, 128, 64, 0]);
    expect([...mask.data.slice(5, 10)]).toEqual([0, 191, 255, 128, 0]);
    expect([...mask.data.slice(10)]).toEqual([0, 0, 0, 0, 0]);
    outline.clear();
    outline.addRectangle(-10, -10, 2, 50);
    expect([...fillOutlines(outline, 3, 2).data]).toEqual([255, 255, 0, 255, 255, 0]);
  });

  it('agrees with the canvas (Skia) on random shapes', () => {
    const canvas = createCanvas(40, 40);
    const context = canvas.getContext('2d');
    for (let n = 0; n < 40; n++) {
      const random = new Random('star', n);
      const outline = star(random, 40, 19, false);
      outline.append(star(random, 40, 7, n % 2 === 0), 1, 0, 0, 1, 0, 0);
      const mask = fillOutlines(outline, 40, 40);
      context.clearRect(0, 0, 40, 40);
      // Skia flattens curves more coarsely than we do: it is given short pieces.
      context.fill(new Path2D(pathData(outline.subdivided(1))));
      const pixels = context.getImageData(0, 0, 40, 40).data;
      const gaps = Array.from(mask.data, (value, i) => Math.abs(value - pixels[i * 4 + 3]!));
      expect(gaps.reduce((a, b) => a + b, 0) / gaps.length, `shape ${n}`).toBeLessThan(1.2);
      // Skia samples edges at a few rows a pixel; neither leaves out nor adds what the other draws.
      expect(Math.max(...gaps), `shape ${n}`).toBeLessThan(60);
      const area = outline.subdivided(0.5).windingArea() / 2;
      if (n % 2 === 0) expect(Math.abs(sum(mask.data) / 255 - area), `shape ${n}`).toBeLessThan(area * 0.005);
    }
  });

  it('leaves nothing behind for the next call', () => {
    const outline = blob(new Random('left'), 30);
    const first = fillOutlines(outline, 30, 30).data;
    fillOutlines(blob(new Random('other'), 90), 70, 20);
    expect(fillOutlines(outline, 30, 30).data).toEqual(first);
  });

  it('unites with what the mask holds', () => {
    const outline = new Outline();
    outline.addRectangle(0, 0, 1, 1);
    const mask = { width: 3, height: 1, data: Uint8Array.of(10, 20, 30) };
    fillInto(mask, outline);
    expect([...mask.data]).toEqual([255, 20, 30]);
  });

  it('fills holes by winding: a contour the other way is left open', () => {
    const outline = new Outline();
    outline.addRectangle(0, 0, 6, 6);
    const hole = new Outline();
    hole.addRectangle(2, 2, 4, 4);
    hole.reverse();
    outline.append(hole, 1, 0, 0, 1, 0, 0);
    const { data } = fillOutlines(outline, 6, 6);
    expect(data[0]).toBe(255);
    expect(data[3 * 6 + 3]).toBe(0);
  });
});

describe('Outline', () => {
  it('draws the same when subdivided', () => {
    for (let n = 0; n < 10; n++) {
      const outline = blob(new Random('split', n), 30);
      const fine = outline.subdivided(2);
      expect(fine.codeCount).toBeGreaterThan(outline.codeCount);
      const a = fillOutlines(outline, 30, 30).data;
      const b = fillOutlines(fine, 30, 30).data;
      expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(24);
    }
  });

  it('keeps its shape and turns its area when reversed', () => {
    const outline = blob(new Random('turn'), 30);
    const before = fillOutlines(outline, 30, 30).data;
    const area = outline.windingArea();
    outline.reverse();
    expect(outline.windingArea()).toBeCloseTo(-area, 2);
    const after = fillOutlines(outline, 30, 30).data;
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeLessThan(3);
  });

  it('maps affinely what it appends', () => {
    const outline = new Outline();
    const square = new Outline();
    square.addRectangle(0, 0, 1, 1);
    outline.append(square, 2, 0, 0, 3, 10, 20);
    expect(outline.bounds()).toEqual({ left: 10, top: 20, right: 12, bottom: 23 });
  });
});

describe('grown', () => {
  it('adds the amount at every side, whichever way contours wind, and closes holes by it', () => {
    for (const turned of [false, true]) {
      const outline = new Outline();
      outline.addRectangle(10, 10, 20, 18);
      if (turned) outline.reverse();
      const bounds = grown(outline, 1.5).bounds();
      expect(bounds).toEqual({ left: 8.5, top: 8.5, right: 21.5, bottom: 19.5 });
      expect(grown(outline, -1).bounds()).toEqual({ left: 11, top: 11, right: 19, bottom: 17 });
      expect(grown(outline, 0).bounds()).toEqual(outline.bounds());
    }
    const ring = new Outline();
    ring.addRectangle(0, 0, 12, 12);
    const hole = new Outline();
    hole.addRectangle(3, 3, 9, 9);
    hole.reverse();
    ring.append(hole, 1, 0, 0, 1, 0, 0);
    const ink = (grow: number) =>
      sum(fillOutlines(ring, 20, 20, { offsetX: 4, offsetY: 4, grow }).data) / 255;
    expect(ink(0)).toBeCloseTo(144 - 36, 3);
    expect(ink(1)).toBeCloseTo(14 * 14 - 4 * 4, 3);
    expect(ink(-1)).toBeCloseTo(10 * 10 - 8 * 8, 3);
  });
});
