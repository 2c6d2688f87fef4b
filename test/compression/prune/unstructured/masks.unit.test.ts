import { describe, expect, it } from 'vitest';
import {
  computeMasks,
  type Distribution,
  erdosRenyi,
  lowest,
  sparsityOf,
} from '../../../../compression/prune/unstructured/masks.js';
import { exchange } from '../../../../compression/prune/unstructured/regrow.js';
import {
  exchangeAt,
  type Schedule,
  scheduleSchema,
  sparsityAt,
} from '../../../../compression/prune/unstructured/schedule.js';
import { randomScores } from '../../../../compression/prune/unstructured/scores.js';
import { unitScores, unitsOf } from '../../../../compression/prune/unstructured/units.js';
import { findWeights } from '../../../../compression/prune/unstructured/weights.js';
import { Random } from '../../../../models/base/random.js';
import { GraphBuilder } from '../../../../models/graph/builder.js';

function graph() {
  const b = new GraphBuilder('small', { seed: 2 });
  const x = b.input('x', [null, 8, 8, 3]);
  const y = b.relu(b.conv(x, { name: 'first', filters: 8, kernel: [3, 3] }));
  const z = b.relu(b.conv(y, { name: 'middle', filters: 16, kernel: [3, 3] }));
  return b.finish([b.dense(b.globalAveragePool(z), { name: 'last', units: 4 })]);
}
const { weights } = findWeights(graph());
const scores = new Map(
  weights.map(({ id, shape }) => [
    id,
    randomScores(
      id,
      shape.reduce((a, b) => a * b, 1),
      1,
    ),
  ]),
);
const plain: Distribution = {
  sparsity: 0.75,
  ranking: 'local',
  granularity: 'weight',
  edges: 1,
  layers: {},
  maxLayerSparsity: 0.99,
};

describe('findWeights', () => {
  it('names the edges: what reads the input and what leads to an output', () => {
    expect(weights.map(({ node, isEdge }) => [node, isEdge])).toEqual([
      ['first', true],
      ['middle', false],
      ['last', true],
    ]);
  });
  it('leaves out what a pattern names, and says so', () => {
    const found = findWeights(graph(), ['m*e']);
    expect(found.weights.map(({ node }) => node)).toEqual(['first', 'last']);
    expect(found.skipped).toEqual([{ node: 'middle', reason: 'excluded by the recipe' }]);
  });
});

describe('masks', () => {
  it('take exactly the wanted share, the lowest, of equal ones the first', () => {
    expect([...lowest(Float32Array.of(3, 1, 2, 1, 1), 2)]).toEqual([1, 0, 1, 0, 1]);
    const masks = computeMasks(weights, scores, plain);
    for (const { id } of weights) {
      expect(sparsityOf(masks.get(id)!)).toBe(0.75);
      const own = scores.get(id)!;
      const kept = own.filter((_, i) => masks.get(id)![i]);
      const gone = own.filter((_, i) => !masks.get(id)![i]);
      expect(Math.max(...gone)).toBeLessThanOrEqual(Math.min(...kept));
    }
  });

  it('spare edges and take layers at their own sparsity', () => {
    const masks = computeMasks(weights, scores, { ...plain, edges: 0.5, layers: { 'mid*': 0.25 } });
    expect(weights.map(({ id }) => sparsityOf(masks.get(id)!))).toEqual([
      expect.closeTo(0.375, 2),
      0.25,
      0.375,
    ]);
  });

  it('ranked globally take the weakest layer most, but never more than the limit', () => {
    const uneven = new Map(scores);
    const [first, middle, last] = weights.map(({ id }) => id) as [string, string, string];
    uneven.set(
      middle,
      scores.get(middle)!.map((s) => s / 100),
    );
    const masks = computeMasks(weights, uneven, { ...plain, ranking: 'global', maxLayerSparsity: 0.8 });
    expect(sparsityOf(masks.get(middle)!)).toBeCloseTo(0.8, 2);
    const all = [first, middle, last].map((id) => masks.get(id)!);
    const total = all.reduce((sum, mask) => sum + mask.length, 0);
    const zeros = all.reduce((sum, mask) => sum + mask.filter((keep) => !keep).length, 0);
    expect(zeros).toBe(Math.round(0.75 * total));
  });

  it('by Erdős–Rényi keep the small layers denser, at the same size in all', () => {
    const densities = erdosRenyi(weights, 0.25);
    const sizes = weights.map(({ id }) => scores.get(id)!.length);
    const kept = weights.reduce((sum, { id }, i) => sum + densities.get(id)! * sizes[i]!, 0);
    expect(kept / sizes.reduce((a, b) => a + b, 0)).toBeCloseTo(0.25, 6);
    expect(densities.get(weights[2]!.id)).toBeGreaterThan(densities.get(weights[1]!.id)!);
  });

  it('keep the highest of every group of inputs in an N:M pattern', () => {
    const middle = weights[1]!;
    const mask = computeMasks([middle], scores, {
      ...plain,
      sparsity: 0.5,
      granularity: { keep: 2, of: 4 },
    }).get(middle.id)!;
    const [kh, kw, cin, cout] = middle.shape as [number, number, number, number];
    const own = scores.get(middle.id)!;
    for (let tap = 0; tap < kh * kw; tap++) {
      for (let o = 0; o < cout; o++) {
        for (let group = 0; group < cin; group += 4) {
          const at = [0, 1, 2, 3].map((k) => (tap * cin + group + k) * cout + o);
          const kept = at.filter((i) => mask[i]);
          expect(kept).toHaveLength(2);
          const weakest = Math.min(...kept.map((i) => own[i]!));
          expect(at.filter((i) => !mask[i]).every((i) => own[i]! <= weakest)).toBe(true);
        }
      }
    }
  });

  it('take whole blocks over output channels, the last one of what is left', () => {
    const dense = { shape: [3, 6], inputAxis: 0, outputAxis: 1 };
    const units = unitsOf(dense, { inputs: 1, outputs: 4 });
    expect([...units.index]).toEqual([0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5]);
    expect(units.count).toBe(6);
    expect(
      [
        ...unitScores(
          Float32Array.from({ length: 18 }, (_, i) => i),
          units,
        ),
      ].slice(0, 2),
    ).toEqual([1.5, 4.5]);
    const middle = weights[1]!;
    const granularity = { inputs: 1, outputs: 4 };
    const mask = computeMasks([middle], scores, { ...plain, granularity }).get(middle.id)!;
    for (let i = 0; i < mask.length; i += 4) expect(new Set(mask.subarray(i, i + 4)).size).toBe(1);
    expect(sparsityOf(mask)).toBe(0.75);
  });

  it('nest as the sparsity grows', () => {
    const early = computeMasks(weights, scores, plain, (final) => final / 2);
    const late = computeMasks(weights, scores, plain);
    for (const { id } of weights)
      expect(late.get(id)!.every((keep, i) => !keep || early.get(id)![i])).toBe(true);
  });
});

describe('schedules', () => {
  const parse = (value: unknown) => scheduleSchema.parse(value) as Schedule;
  it('the cubic one is that of Zhu and Gupta', () => {
    const cubic = parse({ kind: 'cubic', initial: 0.1, begin: 0.2, end: 0.8 });
    expect(sparsityAt(cubic, 0.9, 0.1)).toBe(0.1);
    expect(sparsityAt(cubic, 0.9, 0.5)).toBeCloseTo(0.9 + (0.1 - 0.9) * 0.5 ** 3, 12);
    expect(sparsityAt(cubic, 0.9, 0.8)).toBe(0.9);
  });
  it('the iterative one leaves the same share in every round', () => {
    const iterative = parse({ kind: 'iterative', rounds: 2, begin: 0, end: 1 });
    expect([0, 0.49, 0.5, 0.99, 1].map((p) => sparsityAt(iterative, 0.75, p))).toEqual([
      0, 0, 0.5, 0.5, 0.75,
    ]);
  });
  it.each(['one-shot', 'iterative', 'cubic', 'regrow'])(
    '%s never falls, and ends at the sparsity',
    (kind) => {
      const schedule = parse({ kind });
      const values = Array.from({ length: 101 }, (_, i) => sparsityAt(schedule, 0.9, i / 100));
      values.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(values[i - 1] ?? 0);
      });
      expect(values.at(-1)).toBe(0.9);
    },
  );
  it('the exchange of prune-and-regrow falls from its share to nothing', () => {
    const regrow = scheduleSchema.parse({ kind: 'regrow', share: 0.4, end: 0.5 });
    if (regrow.kind !== 'regrow') throw new Error('unreachable');
    expect([0, 0.25, 0.5, 1].map((p) => exchangeAt(regrow, p))).toEqual([0.4, expect.closeTo(0.2, 12), 0, 0]);
  });
});

describe('exchange', () => {
  const units = unitsOf({ shape: [2, 4], inputAxis: 0, outputAxis: 1 }, 'weight');
  const weightsNow = Float32Array.of(4, -3, 2, -1, 0, 0, 0, 0);
  const mask = Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0);
  it('drops the weakest and grows where the gradient is largest', () => {
    const gradient = Float32Array.of(0, 0, 0, 0.1, 0.2, -9, 5, 1);
    expect([...exchange(weightsNow, mask, units, 0.5, gradient)]).toEqual([1, 1, 0, 0, 0, 1, 1, 0]);
  });
  it('at random keeps as many, and is the same for the same seed', () => {
    const next = exchange(weightsNow, mask, units, 0.5, new Random(1, 'grow'));
    expect(next.reduce((a, b) => a + b, 0)).toBe(4);
    expect([...next.subarray(0, 2)]).toEqual([1, 1]);
    expect([...exchange(weightsNow, mask, units, 0.5, new Random(1, 'grow'))]).toEqual([...next]);
  });
});
