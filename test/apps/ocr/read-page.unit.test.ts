import { describe, expect, it } from 'vitest';
import { rotate90 } from '../../../models/runtime/resample.js';
import {
  type Bar,
  drawBars,
  expectQuad,
  HEIGHT,
  linesOf,
  PAGE,
  textsOf,
  WIDTH,
  world,
} from './read-page-world.js';

describe('readPage', () => {
  it('reads columns in order, once', async () => {
    const { read, detector, recognizer } = world(PAGE);
    const page = await read(drawBars(WIDTH, HEIGHT, PAGE));
    expect(textsOf(page)).toEqual(PAGE.map((bar) => bar.text));
    expect(page).toMatchObject({ width: WIDTH, height: HEIGHT, rotation: 0, skew: 0 });
    expect(detector.calls).toBe(1);
    expect(recognizer.batches).toEqual([PAGE.length]);
  });

  it('finds lines without reading them, in order, neighbours apart', async () => {
    const row: Bar[] = [
      { text: 'item', left: 20, top: 60, width: 100, height: 16 },
      { text: 'price', left: 160, top: 60, width: 60, height: 16 },
      { text: 'below', left: 20, top: 90, width: 100, height: 16 },
    ];
    const { read, recognizer } = world(row);
    const image = drawBars(WIDTH, HEIGHT, row);
    const found = await read(image, { mode: 'detect' });
    expect(linesOf(found).map(({ text, confidence, words }) => [text, confidence, words])).toEqual(
      row.map(() => ['', 0.9, []]),
    );
    for (const [i, { left, top }] of row.entries()) expectQuad(linesOf(found)[i]?.quad, [[left, top]]);
    expect(recognizer.batches).toEqual([]);
    expect(linesOf(await read(image, { mode: 'detect', minConfidence: 0.95 }))).toEqual([]);
    expect(linesOf(await read(image))).toHaveLength(2);
  });

  it('places lines and words', async () => {
    const { read } = world(PAGE);
    const [, line] = linesOf(await read(drawBars(WIDTH, HEIGHT, PAGE)));
    expectQuad(line?.quad, [
      [20, 60],
      [220, 60],
      [220, 76],
      [20, 76],
    ]);
    expect(line?.words.map((word) => word.text)).toEqual(['left', 'line', '0']);
    // 11 characters over 200 pixels: the second word has the 6th to the 9th.
    const word = line?.words[1]?.quad;
    expect(word?.[0][0]).toBeCloseTo(20 + (200 * 5) / 11, -0.5);
    expect(word?.[1][0]).toBeCloseTo(20 + (200 * 9) / 11, -0.5);
  });

  it('reads a region in the coordinates of the image', async () => {
    const { read } = world(PAGE);
    const page = await read(drawBars(WIDTH, HEIGHT, PAGE), {
      region: { x: 240, y: 50, width: 240, height: 60 },
    });
    expect(textsOf(page)).toEqual(['right line 0', 'right line 1']);
    expect(page).toMatchObject({ width: WIDTH, height: HEIGHT });
    expectQuad(linesOf(page)[0]?.quad, [
      [250, 60],
      [450, 60],
      [450, 76],
      [250, 76],
    ]);
  });

  it.each([
    { x: 480, y: 0, width: 10, height: 10 },
    { x: 0, y: 0, width: 0, height: 10 },
    { x: 0, y: 0, width: Number.NaN, height: 10 },
  ])('refuses the region %o', async (region) => {
    const { read } = world(PAGE);
    await expect(read(drawBars(WIDTH, HEIGHT, PAGE), { region })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('reads a crop without a detector', async () => {
    const bars: Bar[] = [{ text: 'one two', left: 4, top: 3, width: 150, height: 20 }];
    const { read, detector } = world(bars);
    const line = await read(drawBars(160, 26, bars), { mode: 'line' });
    expect(textsOf(line)).toEqual(['one two']);
    expect(linesOf(line)[0]?.words).toHaveLength(2);
    expectQuad(linesOf(line)[0]?.quad, [
      [0, 0],
      [160, 0],
      [160, 26],
      [0, 26],
    ]);
    const word = await read(drawBars(160, 26, bars), { mode: 'word' });
    expect(textsOf(word)).toEqual(['onetwo']);
    expect(linesOf(word)[0]?.words).toHaveLength(1);
    const up = await read(rotate90(drawBars(160, 26, bars), 3), { mode: 'line' });
    expect(textsOf(up)).toEqual(['one two']);
    expect(detector.calls).toBe(0);
  });

  it('places characters in the coordinates of the image, where they are asked for', async () => {
    const { read } = world(PAGE);
    const image = drawBars(WIDTH, HEIGHT, PAGE);
    const region = { x: 240, y: 50, width: 240, height: 60 };
    const [line] = linesOf(await read(image, { region, characters: true }));
    for (const { text, quad, characters } of line!.words) {
      expect(characters!.map((character) => character.text).join('')).toBe(text);
      expect(characters![0]!.quad[0]).toEqual(quad[0]);
      expect(characters!.at(-1)!.quad[2]).toEqual(quad[2]);
    }
    const [word] = linesOf(await read(image, { mode: 'word', characters: true }))[0]!.words;
    expect(word!.characters).toHaveLength([...word!.text].length);
    expect(linesOf(await read(image))[0]!.words[0]).not.toHaveProperty('characters');
  });

  it('gives no blocks for a blank page and never asks the recognizer', async () => {
    const { read, recognizer } = world([]);
    const page = await read(drawBars(100, 80, []));
    expect(page).toEqual({ width: 100, height: 80, rotation: 0, skew: 0, blocks: [] });
    expect(recognizer.batches).toEqual([]);
  });

  it('shows its stages', async () => {
    const { read } = world(PAGE);
    const stages: string[] = [];
    await read(drawBars(WIDTH, HEIGHT, PAGE), { onStage: (name) => stages.push(name) });
    expect(stages.slice(0, 3)).toEqual(['input', 'lines', 'crop-0001']);
    expect(stages).toHaveLength(2 + PAGE.length);
  });

  it('stops when told', async () => {
    const { read, detector } = world(PAGE);
    const control = new AbortController();
    const promise = read(drawBars(WIDTH, HEIGHT, PAGE), { signal: control.signal });
    control.abort();
    await expect(promise).rejects.toMatchObject({ code: 'interrupted' });
    await expect(read(drawBars(WIDTH, HEIGHT, PAGE), { signal: control.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(detector.calls).toBeLessThanOrEqual(1);
  });

  it('frees only the models that were used', async () => {
    const { read, reader, detector, recognizer } = world([]);
    await read(drawBars(20, 20, []), { mode: 'line' });
    await reader.dispose();
    await reader.dispose();
    expect([detector.disposed, recognizer.disposed]).toEqual([0, 1]);
  });
});
