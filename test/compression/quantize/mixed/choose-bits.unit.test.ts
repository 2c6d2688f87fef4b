import { describe, expect, it } from 'vitest';
import { type Choice, chooseWithin } from '../../../../compression/quantize/mixed/choose-bits.js';
import { Random } from '../../../../models/base/random.js';

const total = (layers: readonly Choice[][], chosen: readonly number[], of: 'cost' | 'damage') =>
  chosen.reduce((sum, at, layer) => sum + layers[layer]![at]![of], 0);

function everyChoice(layers: readonly Choice[][], budget: number): number {
  let best = Number.POSITIVE_INFINITY;
  const go = (layer: number, cost: number, damage: number): void => {
    if (cost > budget) return;
    if (layer === layers.length) best = Math.min(best, damage);
    else for (const choice of layers[layer]!) go(layer + 1, cost + choice.cost, damage + choice.damage);
  };
  go(0, 0, 0);
  return best;
}

function layersOf(seed: number): Choice[][] {
  const random = new Random(seed, 'layers');
  return Array.from({ length: 7 }, () => {
    const size = random.int(1, 900);
    let damage = 0;
    // Fewer bits hurt more, mostly.
    return [8, 4, 3, 2].map((bits) => {
      damage += random.range(-0.1, 1) * random.range(0, 1);
      return { cost: bits * size + 32, damage };
    });
  });
}

describe.each([1, 2, 3, 4, 5, 6])('seven layers of four widths, %i', (seed) => {
  const layers = layersOf(seed);
  const least = layers.reduce((sum, choices) => sum + choices.at(-1)!.cost, 0);
  const most = layers.reduce((sum, choices) => sum + choices[0]!.cost, 0);
  it.each([0, 0.1, 0.35, 0.6, 0.9, 1, 2])('%d of the way from the least to the most', (share) => {
    const budget = Math.floor(least + share * (most - least));
    const exact = chooseWithin(layers, budget, 'exact');
    const greedy = chooseWithin(layers, budget, 'greedy');
    expect(total(layers, exact, 'cost')).toBeLessThanOrEqual(budget);
    expect(total(layers, greedy, 'cost')).toBeLessThanOrEqual(budget);
    const best = everyChoice(layers, budget);
    expect(total(layers, exact, 'damage')).toBeCloseTo(best, 9);
    expect(total(layers, greedy, 'damage')).toBeGreaterThanOrEqual(best - 1e-9);
  });
});

it('keeps a budget too large for a table of its own, and wastes next to nothing', () => {
  const layers = Array.from({ length: 40 }, (_, i) =>
    [8, 4, 2].map((bits) => ({ cost: bits * (1_000_003 + 17 * i), damage: (1 + (i % 5)) / bits })),
  );
  const budget = 160_000_000;
  const chosen = chooseWithin(layers, budget, 'exact');
  expect(total(layers, chosen, 'cost')).toBeLessThanOrEqual(budget);
  const greedy = chooseWithin(layers, budget, 'greedy');
  expect(total(layers, chosen, 'damage')).toBeLessThanOrEqual(total(layers, greedy, 'damage') + 1e-9);
});

it('no layers, and a budget that nothing keeps', () => {
  expect(chooseWithin([], 0, 'exact')).toEqual([]);
  expect(() => chooseWithin([[{ cost: 80, damage: 0 }]], 79, 'exact')).toThrow(
    expect.objectContaining({
      code: 'invalid_config',
      message: expect.stringContaining('10 bytes'),
    }) as Error,
  );
});
