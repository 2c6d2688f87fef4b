import { describe, expect, it } from 'vitest';
import type { ReadLine } from '../../../apps/ocr/document.js';
import { createPageReader, type ReadPageOptions, type ReadPageResult } from '../../../apps/ocr/read-page.js';
import type { GrayImage, Quad } from '../../../models/base/image.js';
import type { DetectedLine } from '../../../models/detector/detection.js';
import type { WordRecognizer } from '../../../models/recognizer/reading.js';
import { rotate90 } from '../../../models/runtime/resample.js';
import { type Bar, drawBars, FakeDetector, FakeRecognizer } from './read-page-world.js';

const WIDTH = 480;
const HEIGHT = 360;

const column = (left: number, name: string): Bar[] =>
  Array.from({ length: 7 }, (_, i) => ({
    text: `${name} line ${i}`,
    left,
    top: 60 + i * 26,
    width: 200,
    height: 16,
  }));
const PAGE: Bar[] = [
  { text: 'Heading', left: 120, top: 10, width: 240, height: 24 },
  ...column(20, 'left'),
  ...column(250, 'right'),
  { text: 'Footer', left: 200, top: 320, width: 80, height: 16 },
];

const linesOf = (page: ReadPageResult): ReadLine[] =>
  page.blocks.flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines));
const textsOf = (page: ReadPageResult) => linesOf(page).map((line) => line.text);

function world(bars: readonly Bar[]) {
  const detector = new FakeDetector();
  const recognizer = new FakeRecognizer(bars);
  const reader = createPageReader(detector, recognizer);
  const read = (image: GrayImage, options: Partial<ReadPageOptions> = {}) =>
    reader.readPage(image, { mode: 'page', ...options });
  return { detector, recognizer, reader, read };
}

function expectQuad(actual: Quad | undefined, expected: readonly (readonly [number, number])[]) {
  for (const [i, [x, y]] of expected.entries()) {
    expect(actual?.[i]?.[0]).toBeCloseTo(x, 3);
    expect(actual?.[i]?.[1]).toBeCloseTo(y, 3);
  }
}

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

  it.each([
    [
      1,
      270,
      [
        [300, 20],
        [300, 220],
        [284, 220],
        [284, 20],
      ],
    ],
    [
      2,
      180,
      [
        [460, 300],
        [260, 300],
        [260, 284],
        [460, 284],
      ],
    ],
    [
      3,
      90,
      [
        [60, 460],
        [60, 260],
        [76, 260],
        [76, 460],
      ],
    ],
  ] as const)('reads a page turned by %i quarters', async (turns, rotation, quad) => {
    const { read, detector } = world(PAGE);
    const image = rotate90(drawBars(WIDTH, HEIGHT, PAGE), turns);
    const page = await read(image);
    expect(textsOf(page)).toEqual(PAGE.map((bar) => bar.text));
    expect(page).toMatchObject({ width: image.width, height: image.height, rotation });
    expect(detector.calls).toBe(2);
    const line = linesOf(page)[1];
    expect(line?.text).toBe('left line 0');
    // The first corner stays the one where reading begins.
    expectQuad(line?.quad, quad);
  });

  it('measures the skew', async () => {
    const bars = PAGE.slice(0, 1);
    const { recognizer } = world(bars);
    const slope = Math.tan((3 * Math.PI) / 180);
    const quads: Quad[] = [0, 1, 2, 3].map((i) => [
      [10, 20 + 40 * i],
      [400, 20 + 40 * i + 390 * slope],
      [400, 40 + 40 * i + 390 * slope],
      [10, 40 + 40 * i],
    ]);
    const detector = {
      detect: async () => quads.map((quad) => ({ quad, confidence: 1 })),
      dispose: async () => {},
    };
    const image = drawBars(WIDTH, HEIGHT, []);
    image.data.fill(0, 0, image.data.length / 2);
    const page = await createPageReader(detector, recognizer).readPage(image, { mode: 'page' });
    expect(page.skew).toBeCloseTo(3, 6);
  });

  it('reads a sign whose text runs up', async () => {
    const bars: Bar[] = [{ text: 'UPWARDS', left: 40, top: 40, width: 160, height: 20 }];
    const upright = drawBars(240, 100, bars);
    const { read } = world(bars);
    const page = await read(rotate90(upright, 3), { mode: 'block' });
    expect(textsOf(page)).toEqual(['UPWARDS']);
    expect(page.rotation).toBe(0);
    expectQuad(linesOf(page)[0]?.quad, [
      [40, 200],
      [40, 40],
      [60, 40],
      [60, 200],
    ]);
  });

  it('does not turn or divide a block', async () => {
    const { read, recognizer } = world(PAGE);
    const across = await read(drawBars(WIDTH, HEIGHT, PAGE), { mode: 'block' });
    expect(textsOf(across)[1]).toBe('left line 0 right line 0');
    const turned = await read(rotate90(drawBars(WIDTH, HEIGHT, PAGE), 2), { mode: 'block' });
    expect(turned.rotation).toBe(0);
    expect(recognizer.batches).toHaveLength(2);
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

  it.each([1, 3] as const)('reads a page turned %i times on which only letters are found', async (turns) => {
    const bars: Bar[] = Array.from({ length: 6 }, (_, i) => ({
      text: `line ${'abcdef'[i]}`,
      left: 20,
      top: 20 + 30 * i,
      width: 160,
      height: 16,
    }));
    const finder = new FakeDetector();
    const detector = {
      // Lines that stand upright are taken for stacks of letters.
      detect: async (image: GrayImage): Promise<DetectedLine[]> =>
        (await finder.detect(image)).flatMap((line) => {
          const [[left, top], , [right, bottom]] = line.quad;
          if (bottom - top <= right - left) return [line];
          const side = right - left;
          return Array.from({ length: Math.floor((bottom - top) / side) }, (_, i): DetectedLine => {
            const [y, next] = [top + i * side, top + (i + 1) * side];
            const quad: Quad = [
              [left, y],
              [right, y],
              [right, next],
              [left, next],
            ];
            return { quad, confidence: 0.9 };
          });
        }),
      dispose: () => finder.dispose(),
    };
    const reader = createPageReader(detector, new FakeRecognizer(bars));
    const upright = drawBars(220, 240, bars);
    const page = await reader.readPage(rotate90(upright, turns), { mode: 'page' });
    expect(textsOf(page)).toEqual(bars.map(({ text }) => text));
    expect(page.rotation).toBe(turns === 1 ? 270 : 90);
    // The places are those of the picture that was given.
    const [first] = linesOf(page);
    const xs = first!.quad.map(([x]) => x);
    expect(Math.max(...xs) - Math.min(...xs)).toBeLessThan(20);
    const boxes = await reader.readPage(rotate90(upright, turns), { mode: 'detect' });
    expect(linesOf(boxes)).toHaveLength(6);
  });

  it('drops unsure words and noise', async () => {
    const bars: Bar[] = [
      {
        text: 'sure Xnsure',
        left: 20,
        top: 20,
        width: 200,
        height: 16,
        confidence: (c) => (c === 'X' ? 0.3 : 0.95),
      },
      { text: 'noise', left: 20, top: 50, width: 100, height: 16, confidence: () => 0.1 },
    ];
    const { read } = world(bars);
    const image = drawBars(300, 100, bars);
    expect(textsOf(await read(image))).toEqual(['sure Xnsure']);
    const strict = await read(image, { minConfidence: 0.5 });
    expect(textsOf(strict)).toEqual(['sure']);
    expect(linesOf(strict)[0]?.confidence).toBe(0.95);
    expect((await read(image, { minConfidence: 0.99 })).blocks).toEqual([]);
  });

  it('believes a doubtful detection only what is surely read', async () => {
    const bars: Bar[] = [
      { text: 'fairly', left: 20, top: 20, width: 100, height: 16, confidence: () => 0.55 },
      { text: 'surely', left: 20, top: 60, width: 100, height: 16 },
    ];
    const image = drawBars(300, 100, bars);
    const readWith = async (confidence: number) => {
      const finder = new FakeDetector();
      const detector = {
        detect: async (page: GrayImage) =>
          (await finder.detect(page)).map((line) => ({ ...line, confidence })),
        dispose: () => finder.dispose(),
      };
      const reader = createPageReader(detector, new FakeRecognizer(bars));
      return textsOf(await reader.readPage(image, { mode: 'block' }));
    };
    expect(await readWith(0.75)).toEqual(['fairly', 'surely']);
    expect(await readWith(0.62)).toEqual(['surely']);
  });

  it('passes allowlist and decoder on', async () => {
    const { read, recognizer } = world(PAGE);
    await read(drawBars(WIDTH, HEIGHT, PAGE), { allowlist: 'abc', decoder: 'beam' });
    expect(recognizer.options).toMatchObject([{ allowlist: 'abc', decoder: 'beam' }]);
  });

  it('reads with the spelling model unless it shall not', async () => {
    const { read, recognizer } = world(PAGE);
    await read(drawBars(WIDTH, HEIGHT, PAGE));
    await read(drawBars(WIDTH, HEIGHT, PAGE), { spelling: false });
    expect(recognizer.options.map((options) => options?.spelling !== undefined)).toEqual([true, false]);
  });

  it('keeps a line that is surely text, however unsure the characters are that an allowlist leaves of it', async () => {
    const bars: Bar[] = [
      { text: 'Total', left: 20, top: 20, width: 100, height: 16, confidence: () => 0.1 },
      { text: 'noise', left: 20, top: 60, width: 100, height: 16, confidence: () => 0.9 },
    ];
    const finder = new FakeRecognizer(bars);
    const recognizer: WordRecognizer = {
      read: async (crops, options) => {
        const read = await finder.read(crops, options);
        // The first is surely something else, the second surely nothing.
        return read.map((reading) => {
          const free = reading.text === 'Total' ? 0.99 : 0.1;
          const characters = reading.characters.map((each) => ({ ...each, confidence: free }));
          return { ...reading, free: { ...reading, characters } };
        });
      },
      readTogether: async () => undefined,
      dispose: () => finder.dispose(),
    };
    const reader = createPageReader(new FakeDetector(), recognizer);
    const image = drawBars(300, 100, bars);
    const page = await reader.readPage(image, { mode: 'page', allowlist: 'Total' });
    expect(linesOf(page).map(({ text, confidence }) => [text, confidence])).toEqual([['Total', 0.1]]);
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
