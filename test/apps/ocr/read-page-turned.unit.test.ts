import { describe, expect, it } from 'vitest';
import { createPageReader } from '../../../apps/ocr/read-page.js';
import type { GrayImage, Quad } from '../../../models/base/image.js';
import type { DetectedLine } from '../../../models/detector/detection.js';
import { rotate90 } from '../../../models/runtime/resample.js';
import {
  type Bar,
  drawBars,
  expectQuad,
  FakeDetector,
  FakeRecognizer,
  HEIGHT,
  linesOf,
  PAGE,
  textsOf,
  WIDTH,
  world,
} from './read-page-world.js';

describe('readPage of what is turned or tilted', () => {
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
});
