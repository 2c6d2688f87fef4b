import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reading, toCandidate } from '../../../apps/ocr/candidates.js';
import { quadAngle, quadHeight, quadWidth } from '../../../apps/ocr/layout/geometry.js';
import { createPageReader } from '../../../apps/ocr/read-page.js';
import {
  cutWord,
  isScene,
  otherViews,
  replaceWord,
  tiltedQuad,
  tiltedViews,
  unsureWords,
} from '../../../apps/ocr/second-look.js';
import type { GrayImage, Quad } from '../../../models/base/image.js';
import type { LineReading, WordRecognizer } from '../../../models/recognizer/reading.js';
import { FakeDetector } from './read-page-world.js';

const blank = (width: number, height: number): GrayImage => ({
  width,
  height,
  data: new Uint8Array(width * height).fill(255),
});

const wholeOf = ({ width, height }: GrayImage): Quad => [
  [0, 0],
  [width, 0],
  [width, height],
  [0, height],
];

function reads(text: string, confidence: number): LineReading {
  const characters = [...text].map((character, i) => ({
    text: character,
    start: 4 * i,
    end: 4 * i + 4,
    confidence,
  }));
  return { text, confidence: text ? confidence : 1, characters };
}

function reading(text: string, confidence: number, image = blank(80, 40)): Reading {
  return { ...toCandidate(image, wholeOf(image), 0, 0), reading: reads(text, confidence) };
}

describe('tiltedQuad', () => {
  it('is the word that the box was drawn around', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.55, max: 0.55, noNaN: true }),
        fc.double({ min: 30, max: 300, noNaN: true }),
        fc.double({ min: 1.2, max: 8, noNaN: true }),
        (angle, w, shape) => {
          const h = w / shape;
          fc.pre(h > 8);
          const [cos, sin] = [Math.cos(angle), Math.abs(Math.sin(angle))];
          const [width, height] = [w * cos + h * sin, w * sin + h * cos];
          const quad = tiltedQuad(width, height, angle)!;
          expect(quadWidth(quad)).toBeCloseTo(w, 6);
          expect(quadHeight(quad)).toBeCloseTo(h, 6);
          expect(quadAngle(quad)).toBeCloseTo(angle, 6);
          const xs = quad.map(([x]) => x);
          expect(Math.min(...xs)).toBeCloseTo(0, 6);
          expect(Math.max(...xs)).toBeCloseTo(width, 6);
        },
      ),
    );
  });

  it('is absent where no word that is longer than high has the box', () => {
    expect(tiltedQuad(200, 40, 0.5)).toBeUndefined();
    expect(tiltedQuad(12, 6, 0.17)).toBeUndefined();
  });

  it('takes a usual shape near 45 degrees, inside the box', () => {
    const quad = tiltedQuad(100, 100, Math.PI / 4)!;
    expect(quadWidth(quad) / quadHeight(quad)).toBeCloseTo(3);
    for (const value of quad.flat()) expect(value).toBeGreaterThan(-1e-9);
  });
});

describe('a second look', () => {
  it('is taken at unsure words that are no lines, and where nothing was read', () => {
    expect(unsureWords(reading('WORD', 0.5))).toEqual([{ first: 0, last: 4, from: 0, to: 80, alone: true }]);
    expect(unsureWords(reading('WORD', 0.9))).toEqual([]);
    expect(unsureWords(reading('WORD', 0.5, blank(400, 40)))).toEqual([]);
    expect(unsureWords(reading('', 0.9))).toHaveLength(1);
  });

  it('finds a line’s unsure words and their own columns', () => {
    const line = reading('AT THE END', 0.95, blank(200, 40));
    const characters = line.reading.characters.map((each, i) => ({
      ...each,
      confidence: i > 2 && i < 6 ? 0.4 : each.confidence,
    }));
    const [word, ...others] = unsureWords({ ...line, reading: { ...line.reading, characters } });
    expect(others).toEqual([]);
    // Characters are 4 columns wide: half of the blanks on both sides belong to it.
    expect(word).toEqual({ first: 3, last: 6, from: 10, to: 26, alone: false });
  });

  it('cuts a word out of its line, and puts what it is read as in its place', () => {
    const image = blank(200, 40);
    image.data.fill(0, 50, 80); // ink in the first row
    const line = reading('AT THE END', 0.95, image);
    const part = { first: 3, last: 6, from: 50, to: 80, alone: false };
    const { crop, cut } = cutWord(image, line, part);
    expect([crop.width, crop.height]).toEqual([30, 40]);
    expect(crop.data.subarray(0, 30).every((value) => value === 0)).toBe(true);
    expect(cut[0]).toEqual([50, 0]);
    const { text, characters, confidence } = replaceWord(line, part, reads('THESE', 0.7), 60).reading;
    expect(text).toBe('AT THESE END');
    expect(confidence).toBe(0.7);
    expect(characters[3]).toMatchObject({ text: 'T', start: 50, end: 52 });
    expect(characters[8]).toMatchObject({ text: ' ', start: 24 });
    expect(cutWord(image, line, { ...part, alone: true })).toBe(line);
  });

  it('is taken at the lettering of scenes, not at pages', () => {
    const words = (count: number, confidence: number) => Array(count).fill(reading('WORD', confidence));
    expect(isScene(words(5, 0.6))).toBe(true);
    expect(isScene(words(5, 0.9))).toBe(false);
    expect(isScene(words(200, 0.6))).toBe(false);
  });

  it('gives crops of the same word and keeps where in them it stands', () => {
    const image = blank(90, 60);
    const seen = toCandidate(image, wholeOf(image), 0, 0);
    const views = [...otherViews(image, seen), ...tiltedViews(image)];
    expect(views.length).toBeGreaterThan(12);
    for (const { crop, start, end } of views) {
      expect(crop.data).toHaveLength(crop.width * crop.height);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(crop.width + 1e-6);
    }
    expect(new Set(views.map(({ crop }) => crop.width)).size).toBeGreaterThan(5);
  });

  it('reads the word of a crop that was cut around it askew', async () => {
    // Reads what fills its crop: the taller the crop, the less of the word is there.
    const readCrop = ({ width, height, data }: GrayImage) => {
      const ink = data.reduce((sum, value) => sum + (value < 128 ? 1 : 0), 0) / (width * height);
      return reads('TILTED', Math.min(0.99, ink));
    };
    const recognizer: WordRecognizer = {
      read: async (crops) => crops.map(readCrop),
      readTogether: async (crops) => {
        const readings = crops.map(readCrop);
        const reading = readings.reduce((a, b) => (b.confidence > a.confidence ? b : a));
        return { reading, crop: readings.indexOf(reading) };
      },
      dispose: async () => {},
    };
    const [angle, w, h] = [Math.PI / 9, 120, 30];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const image = blank(Math.round(w * cos + h * sin), Math.round(w * sin + h * cos));
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        const [dx, dy] = [x + 0.5 - image.width / 2, y + 0.5 - image.height / 2];
        const [along, down] = [dx * cos + dy * sin, dy * cos - dx * sin];
        if (Math.abs(along) < w / 2 && Math.abs(down) < h / 2) image.data[y * image.width + x] = 0;
      }
    }
    const page = await createPageReader(new FakeDetector(), recognizer).readPage(image, { mode: 'word' });
    const [word] = page.blocks[0]!.paragraphs[0]!.lines[0]!.words;
    expect(word!.confidence).toBeGreaterThan(0.95);
    expect(quadAngle(word!.quad)).toBeCloseTo(angle);
  });
});
