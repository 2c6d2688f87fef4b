import { describe, expect, it } from 'vitest';
import { createPageReader } from '../../../apps/ocr/read-page.js';
import type { GrayImage } from '../../../models/base/image.js';
import type { WordRecognizer } from '../../../models/recognizer/reading.js';
import {
  type Bar,
  drawBars,
  FakeDetector,
  FakeRecognizer,
  HEIGHT,
  linesOf,
  PAGE,
  textsOf,
  WIDTH,
  world,
} from './read-page-world.js';

describe('what readPage keeps, and how it has lines read', () => {
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

  it('drops a spaced word as a whole where part of it is unsure', async () => {
    const bars: Bar[] = [
      {
        text: 'AB XD',
        left: 10,
        top: 5,
        width: 140,
        height: 16,
        confidence: (c) => (c === 'X' ? 0.3 : 0.95),
      },
    ];
    const { read } = world(bars);
    const image = drawBars(160, 26, bars);
    const word = linesOf(await read(image, { mode: 'word', minConfidence: 0.2 }))[0];
    expect([word?.text, word?.confidence]).toEqual(['ABXD', 0.3]);
    expect((await read(image, { mode: 'word', minConfidence: 0.5 })).blocks).toEqual([]);
  });

  it('believes a doubtful detection only what is surely read', async () => {
    const bars: Bar[] = [
      { text: 'fairly', left: 20, top: 20, width: 100, height: 16, confidence: () => 0.72 },
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
});
