import { describe, expect, it } from 'vitest';
import type { GrayImage, LabelledLine, Quad } from '../../../models/base/image.js';
import { DEFAULT_DETECTOR_CONFIG } from '../../../models/detector/config.js';
import { detectPage, type RunNetwork } from '../../../models/detector/detect-page.js';
import { preparePage } from '../../../models/detector/preprocess.js';
import { quadIou } from '../../../models/detector/quad-overlap.js';
import { makeTargets } from '../../../models/detector/targets.js';

/** A real network sees more than it is asked for: lines of 4 pixels leave their traces. */
const SEEN = { ...DEFAULT_DETECTOR_CONFIG, heights: { ...DEFAULT_DETECTOR_CONFIG.heights, least: 3.5 } };

/** A network that knows the answer: the targets of the labels at the scale it is asked for. */
function oracle(lines: readonly LabelledLine[], asked: number[] = []): RunNetwork {
  return async ({ width, height, scaleX, scaleY }) => {
    asked.push(1 / scaleX);
    const scaled = lines.map((line) => ({
      ...line,
      quad: line.quad.map(([x, y]) => [x / scaleX, y / scaleY]) as unknown as Quad,
    }));
    const targets = makeTargets(scaled, width, height, SEEN);
    return { ...targets, core: targets.core.map((v) => (v ? 4 : -4)) };
  };
}

const blank = (width: number, height: number): GrayImage => ({
  width,
  height,
  data: new Uint8Array(width * height).fill(255),
});
const label = (x: number, y: number, w: number, h: number): LabelledLine => ({
  text: 'x',
  quad: [
    [x, y],
    [x + w, y],
    [x + w, y + h],
    [x, y + h],
  ],
});

async function expectAll(page: GrayImage, lines: readonly LabelledLine[], asked: number[] = []) {
  const found = await detectPage(page, DEFAULT_DETECTOR_CONFIG, oracle(lines, asked));
  for (const { quad } of lines)
    expect(Math.max(0, ...found.map((f) => quadIou(f.quad, quad)))).toBeGreaterThan(0.75);
  expect(found).toHaveLength(lines.length);
}

describe('detectPage', () => {
  it('finds lines from small print to a third of the page high, each once', async () => {
    await expectAll(blank(1240, 1754), [
      label(100, 100, 900, 20),
      label(100, 140, 500, 9),
      label(80, 300, 1000, 560),
      label(100, 1000, 900, 140),
      label(100, 1300, 800, 220),
    ]);
  });

  it('gives quads in pixels of the page, whatever the scale', async () => {
    await expectAll(blank(2900, 4000), [label(200, 300, 2000, 60), label(300, 600, 900, 30)]);
    await expectAll(blank(300, 200), [label(20, 20, 200, 12), label(30, 60, 150, 30)]);
  });

  it('looks again, enlarged, where all print is tiny', async () => {
    const asked: number[] = [];
    const lines = Array.from({ length: 30 }, (_, i) => label(60, 40 + i * 12, 700, 7.5));
    await expectAll(blank(990, 1000), lines, asked);
    expect(asked[0]).toBe(1);
    expect(asked[1]).toBeGreaterThan(1.3);
  });

  it('is content with a coarse copy of a large page where all print is large', async () => {
    const large = Array.from({ length: 20 }, (_, i) => label(100, 60 + i * 70, 900, 30));
    const page = blank(1240, 1754);
    const asked: number[] = [];
    await expectAll(page, large, asked);
    expect(asked).toEqual([0.5, 0.125]);
    const small = [label(100, 1500, 600, 14), label(100, 1530, 600, 14)];
    asked.length = 0;
    await expectAll(page, [...large, ...small], asked);
    expect(asked).toEqual([0.5, 1, 0.25]);
    asked.length = 0;
    await expectAll(page, [], asked);
    expect(asked).toEqual([0.5, 1, 0.25]);
    // One line of small print is enough, a speck is not.
    asked.length = 0;
    await expectAll(page, [...large, label(100, 1500, 200, 14)], asked);
    expect(asked).toEqual([0.5, 1, 0.25]);
    asked.length = 0;
    await detectPage(page, DEFAULT_DETECTOR_CONFIG, oracle([...large, label(100, 1500, 18, 14)], asked));
    expect(asked).toEqual([0.5, 0.125]);
  });

  it('does not leave it to the coarse copy where that shows little of the page, or nothing for sure', async () => {
    const asked: number[] = [];
    const large = Array.from({ length: 20 }, (_, i) => label(300, 200 + i * 200, 2600, 110));
    await expectAll(blank(3508, 4961), large, asked);
    expect(asked[0]).toBeCloseTo(Math.sqrt(2_200_000 / (3508 * 4961)), 3);
    asked.length = 0;
    // On the coarse copy there are but traces.
    const unsure: RunNetwork = async (input) => {
      const maps = await oracle([label(100, 100, 900, 40)], asked)(input);
      return input.scaleX > 1.5 ? { ...maps, core: maps.core.map((v) => (v > 0 ? -0.4 : v)) } : maps;
    };
    const found = await detectPage(blank(1240, 1754), DEFAULT_DETECTOR_CONFIG, unsure);
    expect(found).toHaveLength(1);
    expect(asked).toEqual([0.5, 1, 0.25]);
  });

  it('stops when asked to and shows its maps', async () => {
    const page = blank(640, 480);
    const stages: string[] = [];
    const run = oracle([]);
    await detectPage(page, DEFAULT_DETECTOR_CONFIG, run, { onStage: (name) => stages.push(name) });
    expect(stages).toEqual(['detect-main-core', 'detect-reduced-core']);
    await expect(
      detectPage(page, DEFAULT_DETECTOR_CONFIG, run, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('preparePage', () => {
  it('pads to multiples of 32 by the last column and row', () => {
    const data = Uint8Array.from({ length: 40 * 33 }, (_, i) => (i % 40) * 6);
    const page = preparePage({ width: 40, height: 33, data }, 1);
    expect([page.width, page.height, page.contentWidth, page.contentHeight]).toEqual([64, 64, 40, 33]);
    expect(page.data[0]).toBe(-1);
    expect(page.data[63]).toBeCloseTo((39 * 6) / 127.5 - 1, 6);
    expect(page.data[63 * 64 + 10]).toBeCloseTo(60 / 127.5 - 1, 6);
  });

  it('takes a page of one pixel', () => {
    expect(preparePage({ width: 1, height: 1, data: Uint8Array.of(255) }, 1).data[0]).toBe(1);
  });
});
