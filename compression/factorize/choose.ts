/** Which candidate each layer becomes. */
import { expected } from '../../models/base/errors.js';
import { type Candidate, type CandidateOptions, candidate, type LayerChoices, ladder } from './candidates.js';
import type { DamageOf } from './damage.js';
import type { Method } from './decompose/decomposition.js';

/** Undefined: the layer stays. */
type Choice = Candidate | undefined;

/** @param rank from 1 on: that rank in every mode; below: this share of the full ranks. Of several methods the most exact. */
export function byRank(choices: LayerChoices, rank: number, options: CandidateOptions): Choice {
  const found = each(choices, (method) => {
    const { fullRanks } = choices.decompositions.get(method)!();
    return candidate(
      choices,
      method,
      fullRanks.map((full) => (rank < 1 ? rank * full : rank)),
      options,
    );
  });
  return least(found, ({ factorization }) => factorization.error);
}

/** Of several methods the one with the fewest MACs. */
export function byEnergy(choices: LayerChoices, energy: number, options: CandidateOptions): Choice {
  const found = each(choices, (method) =>
    candidate(choices, method, choices.decompositions.get(method)!().ranksAtEnergy(energy), options),
  );
  return least(found, ({ macs }) => macs);
}

/** The cheapest whose damage is at most `tolerance`. */
export async function byTolerance(
  choices: LayerChoices,
  tolerance: number,
  options: CandidateOptions,
  damageOf: DamageOf,
): Promise<Choice> {
  for (const rung of ladder(choices, options, ({ macs }) => macs)) {
    if ((await damageOf(rung)) <= tolerance) return rung;
  }
  return undefined;
}

export interface Budget {
  readonly of: 'macs' | 'weights';
  /** What the layers that can be factorised may cost together. */
  readonly most: number;
}

/**
 * The choices that reach the budget with the least damage, damages being added up: the lower convex hull of each layer's
 * (cost, damage) points, taken step by step where a unit of cost hurts least (as in Lagrangian bit allocation), and what is then left of the budget spent where it helps most.
 * @throws invalid_config where even the cheapest candidates cost more
 */
export async function byBudget(
  all: readonly LayerChoices[],
  budget: Budget,
  options: CandidateOptions,
  damageOf: DamageOf,
): Promise<Candidate[]> {
  const cost = (of: Pick<Candidate, 'macs' | 'weights'>) => of[budget.of];
  const points: Point[][] = [];
  for (const choices of all) {
    const own: Point[] = [{ cost: cost(choices), damage: 0, to: undefined }];
    for (const rung of ladder(choices, options, cost))
      own.push({ cost: cost(rung), damage: Math.max(0, await damageOf(rung)), to: rung });
    points.push(own);
  }
  const steps = points.flatMap((own, layer) => {
    const corners = hull(own);
    return corners.slice(1).map((to, i) => ({ layer, to, slope: slope(corners[i]!, to) }));
  });
  // Slopes grow along a hull: the steps of one layer stay in order.
  steps.sort((a, b) => a.slope - b.slope || a.layer - b.layer || b.to.cost - a.to.cost);
  const chosen = points.map((own) => own[0]!);
  const total = () => chosen.reduce((sum, point) => sum + point.cost, 0);
  for (const { layer, to } of steps) {
    if (total() <= budget.most) break;
    chosen[layer] = to;
  }
  if (total() > budget.most) {
    throw expected(
      'invalid_config',
      `at least ${Math.ceil(total())} ${budget.of}`,
      'the budget of the layers',
      Math.floor(budget.most),
      { remedy: 'Raise the budget, lower "multiple", or include more layers.' },
    );
  }
  spendRest(points, chosen, () => budget.most - total());
  return chosen.flatMap(({ to }) => to ?? []);
}

/** The last step may have saved more than was asked for: points between the corners take back what hurts most. */
function spendRest(points: readonly (readonly Point[])[], chosen: Point[], rest: () => number): void {
  for (;;) {
    let best: { layer: number; to: Point; gain: number } | undefined;
    const left = rest();
    for (const [layer, own] of points.entries()) {
      const now = chosen[layer]!;
      for (const to of own) {
        const gain = now.damage - to.damage;
        if (gain > (best?.gain ?? 0) && to.cost - now.cost <= left) best = { layer, to, gain };
      }
    }
    if (!best) return;
    chosen[best.layer] = best.to;
  }
}

interface Point {
  readonly cost: number;
  readonly damage: number;
  /** Undefined: the layer as it is. */
  readonly to: Candidate | undefined;
}

/** From the dearest point towards cheaper ones, each step costing more damage a unit than the one before. */
export function hull<P extends Pick<Point, 'cost' | 'damage'>>(points: readonly P[]): P[] {
  const sorted = points.toSorted((a, b) => b.cost - a.cost || a.damage - b.damage);
  const out: P[] = [];
  for (const point of sorted) {
    const last = out.at(-1);
    if (last && point.cost === last.cost) continue;
    for (let n = out.length; n >= 2 && slope(out[n - 2]!, point) <= slope(out[n - 2]!, out[n - 1]!); n--)
      out.pop();
    out.push(point);
  }
  return out;
}

const slope = (a: Pick<Point, 'cost' | 'damage'>, b: Pick<Point, 'cost' | 'damage'>) =>
  (b.damage - a.damage) / (a.cost - b.cost);

function each(choices: LayerChoices, make: (method: Method) => Choice): Candidate[] {
  return [...choices.decompositions.keys()].flatMap((method) => make(method) ?? []);
}

function least(found: readonly Candidate[], of: (candidate: Candidate) => number): Choice {
  let best: Choice;
  for (const one of found) if (!best || of(one) < of(best)) best = one;
  return best;
}
