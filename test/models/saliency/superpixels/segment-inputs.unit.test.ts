import { describe, expect, it } from 'vitest';
import {
  paintSegments,
  SEGMENT_COUNTS,
  type SegmentInputs,
  segmentInputs,
  segmentMatrices,
  sharedBorders,
} from '../../../../models/saliency/superpixels/segment-inputs.js';
import { superpixels } from '../../../../models/saliency/superpixels/superpixels.js';
import { disc, flat, inDisc, noise } from './pictures.js';

const multiply = (matrix: Float32Array, vector: ArrayLike<number>): number[] => {
  const n = vector.length;
  return Array.from({ length: matrix.length / n }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += matrix[row * n + i]! * vector[i]!;
    return sum;
  });
};
const ones = (n: number) => new Array<number>(n).fill(1);
const used = ({ slots, offsets, scales }: SegmentInputs) => {
  const has = new Array<number>(slots).fill(0);
  scales.forEach(({ count }, i) => {
    has.fill(1, offsets[i]!, offsets[i]! + count);
  });
  return has;
};
const near = (found: readonly number[], want: readonly number[]) =>
  Math.max(...found.map((v, i) => Math.abs(v - want[i]!)));

const CASES = {
  'a disc on 40×40 cells': segmentInputs(disc(), { width: 40, height: 40 }),
  'cells that cut pixels': segmentInputs(noise(61, 47), { width: 13, height: 9 }),
  'cells smaller than pixels': segmentInputs(noise(7, 5), { width: 20, height: 12 }),
  'one colour, oblong': segmentInputs(flat(300, 40), { width: 38, height: 5 }),
  'one pixel': segmentInputs(flat(1, 1), { width: 4, height: 4 }),
  'one segment a scale': segmentInputs(flat(32, 32), { width: 4, height: 4 }, { counts: [1, 1] }),
};

describe('segment inputs', () => {
  for (const [name, inputs] of Object.entries(CASES)) {
    it(`of ${name}: rows sum to 1, those of empty slots are zero`, () => {
      const { pool, neighbours, paint, slots } = inputs;
      const cells = pool.length / slots;
      expect(near(multiply(pool, ones(cells)), used(inputs))).toBeLessThan(1e-5);
      expect(near(multiply(neighbours, ones(slots)), used(inputs))).toBeLessThan(1e-5);
      expect(near(multiply(paint, ones(slots)), ones(cells))).toBeLessThan(1e-5);
      for (const matrix of [pool, neighbours, paint])
        expect(matrix.every((v) => v >= 0 && v <= 1.00001)).toBe(true);
    });

    it(`of ${name}: constant features come back`, () => {
      const { pool, paint, slots } = inputs;
      const constant = new Array<number>(pool.length / slots).fill(3.25);
      expect(near(multiply(paint, multiply(pool, constant)), constant)).toBeLessThan(1e-4);
    });
  }

  it('have a shape that the picture does not change', () => {
    const shape = ({ pool, neighbours, paint, slots, offsets }: SegmentInputs) => [
      pool.length,
      neighbours.length,
      paint.length,
      slots,
      ...offsets,
    ];
    const grid = { width: 40, height: 40 };
    const slots = SEGMENT_COUNTS.reduce((sum, n) => sum + n, 0);
    for (const image of [disc(), flat(2, 9)])
      expect(shape(segmentInputs(image, grid))).toEqual([
        slots * 1600,
        slots * slots,
        1600 * slots,
        slots,
        0,
        50,
        170,
      ]);
  });

  it('pool is the mean over pixels, where cells are pixels', () => {
    const image = noise(30, 20);
    const { pool, offsets, scales } = segmentInputs(image, { width: 30, height: 20 }, { counts: [6, 12] });
    const values = Array.from({ length: 600 }, (_, i) => image.data[3 * i]!);
    const pooled = multiply(pool, values);
    scales.forEach(({ labels, count }, s) => {
      for (let k = 0; k < count; k++) {
        const own = values.filter((_, i) => labels[i] === k);
        const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
        expect(pooled[offsets[s]! + k]).toBeCloseTo(mean, 2);
      }
    });
  });

  it('paint is the mean of scales of the mean over a cell', () => {
    const scales = [superpixels(disc(), 20), superpixels(disc(), 60)];
    const { paint, offsets, slots } = segmentMatrices(scales, { width: 40, height: 40 }, [20, 60]);
    const values = Float32Array.from({ length: slots }, (_, i) => (i * 37) % 11);
    const cells = multiply(paint, values);
    const maps = scales.map((scale, i) => paintSegments(scale, values.subarray(offsets[i]!)).data);
    for (const cell of [0, 39, 777, 820, 1599]) {
      let sum = 0;
      for (let y = 0; y < 8; y++)
        for (let x = 0; x < 8; x++) {
          const i = (8 * Math.floor(cell / 40) + y) * 320 + 8 * (cell % 40) + x;
          sum += maps[0]![i]! + maps[1]![i]!;
        }
      expect(cells[cell]).toBeCloseTo(sum / 128, 4);
    }
  });

  it('tell a disc from what surrounds it', () => {
    const { pool, paint } = CASES['a disc on 40×40 cells'];
    const inside = Array.from({ length: 1600 }, (_, i) =>
      inDisc(8 * (i % 40) + 4, 8 * Math.floor(i / 40) + 4) ? 1 : 0,
    );
    const back = multiply(paint, multiply(pool, inside));
    const off = back.reduce((sum, v, i) => sum + Math.abs(v - inside[i]!), 0) / 1600;
    expect(off).toBeLessThan(0.03);
  });

  it('neighbours are of the same scale only, by border, and none is its own', () => {
    const { neighbours, slots, offsets, scales } = CASES['a disc on 40×40 cells'];
    scales.forEach((scale, s) => {
      const borders = sharedBorders(scale);
      const { count } = scale;
      for (let p = 0; p < count; p++) {
        const row = neighbours.subarray((offsets[s]! + p) * slots, (offsets[s]! + p + 1) * slots);
        const sum = borders.subarray(p * count, (p + 1) * count).reduce((total, v) => total + v, 0);
        expect(row[offsets[s]! + p]).toBe(0);
        for (let q = 0; q < slots; q++) {
          const other = q - offsets[s]!;
          const border = other >= 0 && other < count ? borders[p * count + other]! : 0;
          if (Math.abs(row[q]! - border / sum) > 1e-6) throw new Error(`slot ${q} in the row of ${p}`);
        }
      }
    });
  });

  it('refuse what does not fit, in words', () => {
    const scale = superpixels(noise(20, 20), 10);
    const grid = { width: 4, height: 4 };
    expect(() => segmentMatrices([scale], grid)).toThrow(/3 scales/);
    expect(() => segmentMatrices([scale], grid, [3])).toThrow(/at most 3 segments/);
    expect(() => segmentMatrices([scale, superpixels(noise(9, 9), 4)], grid, [10, 10])).toThrow(/20×20/);
    expect(() => segmentMatrices([scale], { width: 0, height: 4 }, [10])).toThrow(/feature grid/);
    expect(() => paintSegments(scale, new Float32Array(2))).toThrow(/values/);
  });
});

describe('shared borders', () => {
  it('are counted in pixel sides, both ways', () => {
    const labels = Int32Array.of(0, 0, 1, 0, 2, 1);
    expect([...sharedBorders({ labels, count: 3, width: 3, height: 2 })]).toEqual([
      0, 1, 2, 1, 0, 1, 2, 1, 0,
    ]);
  });

  it('are symmetric', () => {
    const scale = superpixels(noise(90, 70), 40);
    const borders = sharedBorders(scale);
    for (let p = 0; p < scale.count; p++)
      for (let q = 0; q < scale.count; q++)
        expect(borders[p * scale.count + q]).toBe(borders[q * scale.count + p]);
    expect(borders.some((v) => v > 0)).toBe(true);
  });
});
