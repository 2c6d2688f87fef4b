/** Which width each layer gets, so that the damage is least within a budget; damages of layers are taken to add up. */
import { expected } from '../../../models/base/errors.js';

export interface Choice {
  /** Whole numbers: bits of storage. */
  readonly cost: number;
  readonly damage: number;
}

export const SEARCHES = ['exact', 'greedy'] as const;
export type Search = (typeof SEARCHES)[number];

/**
 * @param layers the choices of each layer, at least one
 * @returns the index of the choice of each layer
 * @throws invalid_config where the cheapest choices cost more than the budget
 */
export function chooseWithin(
  layers: readonly (readonly Choice[])[],
  budget: number,
  search: Search,
): number[] {
  const least = layers.reduce((sum, choices) => sum + cheapest(choices), 0);
  if (least > budget) {
    throw expected(
      'invalid_config',
      `at least ${Math.ceil(least / 8)} bytes`,
      'the budget of the weights',
      Math.floor(budget / 8),
      {
        remedy: 'Raise the budget, allow fewer bits in "candidates", or skip fewer layers.',
      },
    );
  }
  return search === 'exact' ? exact(layers, budget) : greedy(layers, budget);
}

const cheapest = (choices: readonly Choice[]) => Math.min(...choices.map(({ cost }) => cost));

/** Begins with the cheapest choices and takes, again and again, what spares most damage a bit among what still fits. */
function greedy(layers: readonly (readonly Choice[])[], budget: number): number[] {
  const chosen = layers.map((choices) => best(choices, cheapest(choices)));
  let left = budget - chosen.reduce((sum, at, layer) => sum + layers[layer]![at]!.cost, 0);
  for (;;) {
    let step: { layer: number; to: number; cost: number; worth: number } | undefined;
    for (const [layer, choices] of layers.entries()) {
      const now = choices[chosen[layer]!]!;
      for (const [to, { cost, damage }] of choices.entries()) {
        const more = cost - now.cost;
        if (more > left || damage >= now.damage) continue;
        const worth = more <= 0 ? Number.POSITIVE_INFINITY : (now.damage - damage) / more;
        if (!step || worth > step.worth) step = { layer, to, cost: more, worth };
      }
    }
    if (!step) return chosen;
    chosen[step.layer] = step.to;
    left -= step.cost;
  }
}

/** The least damage at a cost. */
function best(choices: readonly Choice[], cost: number): number {
  return choices.reduce(
    (found, choice, i) =>
      choice.cost === cost && (found < 0 || choice.damage < choices[found]!.damage) ? i : found,
    -1,
  );
}

/** Cells of the table of costs; more are merged, costs rounded up, so that the budget holds in any case. */
const MOST_CELLS = 2 ** 18;

/** The multiple-choice knapsack by dynamic programming over what is spent above the cheapest choices. */
function exact(layers: readonly (readonly Choice[])[], budget: number): number[] {
  const base = layers.map(cheapest);
  const extras = layers.map((choices, layer) => choices.map(({ cost }) => cost - base[layer]!));
  const most = extras.reduce((sum, own) => sum + Math.max(...own), 0);
  const slack = Math.min(most, budget - base.reduce((sum, cost) => sum + cost, 0));
  const divisor = extras.flat().reduce(greatestDivisor, 0) || 1;
  const unit = divisor * Math.max(1, Math.ceil(slack / divisor / MOST_CELLS));
  const cells = Math.floor(slack / unit) + 1;
  let damages = new Float64Array(cells);
  const taken = layers.map((choices, layer) => {
    const next = new Float64Array(cells).fill(Number.POSITIVE_INFINITY);
    const own = new Uint8Array(cells);
    for (const [i, { damage }] of choices.entries()) {
      const cost = Math.ceil(extras[layer]![i]! / unit);
      for (let cell = cost; cell < cells; cell++) {
        const sum = damages[cell - cost]! + damage;
        if (sum >= next[cell]!) continue;
        next[cell] = sum;
        own[cell] = i;
      }
    }
    damages = next;
    return own;
  });
  let cell = cells - 1;
  return taken
    .map((_, i) => layers.length - 1 - i)
    .map((layer) => {
      const choice = taken[layer]![cell]!;
      cell -= Math.ceil(extras[layer]![choice]! / unit);
      return choice;
    })
    .reverse();
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
