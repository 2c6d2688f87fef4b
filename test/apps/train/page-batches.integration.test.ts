import { describe, expect, it } from 'vitest';
import { openPageBatches, type PageBatch, type PageBatchOptions } from '../../../apps/train/page-batches.js';
import type { PageSample } from '../../../models/base/image.js';
import { detectorConfigSchema } from '../../../models/detector/config.js';
import { CORE_STRIDE, GEOMETRY_CHANNELS, GEOMETRY_STRIDE } from '../../../models/detector/maps.js';
import { FIXTURE_CHARACTERS, fixtureFolders } from '../../synth/fonts/fixture-font.js';

const SIDE = 128;
const CELLS = SIDE / CORE_STRIDE;

/** Dark stripes on a light page, a line each. */
function stripedPage(): PageSample {
  const [width, height] = [300, 400];
  const data = new Uint8Array(width * height).fill(230);
  const lines: PageSample['lines'] = Array.from({ length: 10 }, (_, i) => {
    const [top, bottom] = [20 + 38 * i, 34 + 38 * i];
    for (let y = top; y < bottom; y++) data.fill(30, y * width + 40, y * width + 260);
    return {
      text: 'stripe',
      quad: [
        [40, top],
        [260, top],
        [260, bottom],
        [40, bottom],
      ],
    };
  });
  return { image: { width, height, data }, lines };
}

function options(others: PageBatchOptions['others'] = []): PageBatchOptions {
  return {
    renderer: {
      seed: 5,
      ...fixtureFolders(),
      charset: FIXTURE_CHARACTERS,
      strength: 0,
      kinds: { document: 1 },
    },
    model: detectorConfigSchema.parse({}),
    side: SIDE,
    batch: 8,
    others,
    cuts: 25,
    workers: 0,
    from: 0,
    seed: 5,
  };
}

async function draw(given: PageBatchOptions, count: number): Promise<{ batches: PageBatch[]; next: number }> {
  const dataset = openPageBatches(given);
  const batches: PageBatch[] = [];
  for (let i = 0; i < count; i++) batches.push(await dataset.next());
  const { next } = dataset.state();
  await dataset.close();
  return { batches, next: next! };
}

/** Mean input under cores and outside of lines, the cores moved down by `shift` cells. */
function contrast(batches: readonly PageBatch[], shift = 0): number {
  const sums = { core: 0, cores: 0, outside: 0, outsides: 0 };
  for (const { count, data, core, coreWeight } of batches) {
    for (let n = 0; n < count; n++) {
      for (let y = 0; y + shift < CELLS; y++) {
        for (let x = 0; x < CELLS; x++) {
          const cell = (n * CELLS + y) * CELLS + x;
          const pixel = (n * SIDE + (y + shift) * CORE_STRIDE) * SIDE + x * CORE_STRIDE;
          const value = (data[pixel]! + data[pixel + 1]! + data[pixel + SIDE]! + data[pixel + SIDE + 1]!) / 4;
          if (core[cell] === 1) {
            sums.core += value;
            sums.cores++;
          } else if (coreWeight[cell] === 1) {
            sums.outside += value;
            sums.outsides++;
          }
        }
      }
    }
  }
  return sums.outside / sums.outsides - sums.core / sums.cores;
}

describe('openPageBatches', () => {
  it('lays cores on the print of dark-on-light pages', async () => {
    const { batches } = await draw(options(), 25);
    for (const { count, data, core, coreWeight, geometry, geometryWeight } of batches) {
      expect(data).toHaveLength(count * SIDE * SIDE);
      expect(core).toHaveLength(count * CELLS * CELLS);
      expect(coreWeight).toHaveLength(core.length);
      expect(geometryWeight).toHaveLength(count * (SIDE / GEOMETRY_STRIDE) ** 2);
      expect(geometry).toHaveLength(geometryWeight.length * GEOMETRY_CHANNELS);
      expect([data, core, coreWeight, geometry].every((map) => map.every(Number.isFinite))).toBe(true);
    }
    // Cores that lay lower would miss it: the difference is not one of print and margin.
    expect(contrast(batches)).toBeGreaterThan(0.12);
    expect(contrast(batches, 6)).toBeLessThan(0.06);
  });

  it('takes other pages by their shares and leaves them as they are', async () => {
    const pages = [stripedPage(), stripedPage()];
    const before = structuredClone(pages);
    const picks = [0, 0];
    const others = [0.4, 0.2].map((share, i) => ({
      share,
      pick: () => {
        picks[i]!++;
        return pages[i]!;
      },
    }));
    const given = options(others);
    const { batches, next } = await draw(given, 25);
    expect(pages).toEqual(before);
    const squares = next * given.cuts;
    expect(squares).toBeGreaterThanOrEqual(200);
    expect(Math.abs(picks[0]! / squares - 0.4)).toBeLessThan(0.08);
    expect(Math.abs(picks[1]! / squares - 0.2)).toBeLessThan(0.07);
    // Stripes are darker than print is.
    expect(contrast(batches)).toBeGreaterThan(0.4);
    expect(contrast(batches, 8)).toBeLessThan(0.1);
  });

  it('goes on from its state, always in the same way, with pages that were not rendered before', async () => {
    const given = options([{ share: 0.3, pick: (random) => random.pick([stripedPage()]) }]);
    const { batches, next } = await draw(given, 2);
    expect((await draw(given, 2)).batches).toEqual(batches);
    const resumed = await draw({ ...given, from: next }, 2);
    expect(await draw({ ...given, from: next }, 2)).toEqual(resumed);
    expect(resumed.next).toBeGreaterThan(next);
    expect(resumed.batches).not.toEqual(batches);
  });
});
