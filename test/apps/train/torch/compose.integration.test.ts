/** What photographs of two are, and the superpixels that are found in them while training. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../../models/base/paths.js';
import { runTorch, WITHOUT_TORCH } from './torch.js';

interface Parts {
  readonly shape: number[];
  readonly least: number;
  readonly most: number;
  readonly means: number[];
  readonly peaks: number[];
  readonly boxes: number[];
  readonly boxValues: number[];
  readonly inside: number[];
  readonly cuts: Readonly<Record<string, { deviation: number; used: number; largest: number }>>;
}

const share = (values: readonly number[], is: (value: number) => boolean) =>
  values.filter(is).length / values.length;

describe.skipIf(WITHOUT_TORCH)('composed photographs', () => {
  let parts: Parts;
  beforeAll(async () => {
    const script = join(packageRoot(), 'test/apps/train/torch/compose_parts.py');
    parts = JSON.parse(await runTorch([script])) as Parts;
  });

  it('show something of the other photograph in seven of ten, as a veil in one', () => {
    expect(parts.shape).toEqual([400, 3, 24, 24]);
    expect(parts.least).toBeGreaterThanOrEqual(0);
    expect(parts.most).toBeLessThan(200.01);
    expect(share(parts.means, (mean) => mean === 0)).toBeCloseTo(0.3, 1);
    // All over, and never more than half of it.
    const isVeil = (peak: number, i: number) => peak > 0 && Math.abs(parts.means[i]! - peak) < 0.01;
    const veils = parts.peaks.filter((peak, i) => isVeil(peak, i) && peak < 150);
    expect(veils.length / parts.peaks.length).toBeCloseTo(0.1, 1);
    expect(Math.max(...veils)).toBeLessThanOrEqual(100.01);
    expect(Math.min(...veils)).toBeGreaterThanOrEqual(19.99);
  });

  it('have rectangles of between a sixteenth and two thirds', () => {
    expect(parts.boxValues).toEqual([0, 1]);
    expect(Math.min(...parts.boxes)).toBeGreaterThan(0.04);
    expect(Math.max(...parts.boxes)).toBeLessThan(0.7);
  });

  it('have no objects of a mirrored rim', () => {
    // Seen twice as wide and high, a photograph fills a quarter of the view.
    for (const inside of parts.inside) expect(Math.abs(inside - 0.25)).toBeLessThan(0.03);
  });

  it('are cut into segments of one colour', () => {
    for (const [count, { deviation, used, largest }] of Object.entries(parts.cuts)) {
      expect(largest).toBeLessThan(Number(count));
      expect(used).toBeGreaterThan(0.5 * Number(count));
      expect(deviation).toBeLessThan(0.1);
    }
  });
});
