/** Which units go: how many of each group at a given strength, and the strength that meets a target. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { ChannelGroup } from './channel-group.js';
import type { Removal } from './remove-channels.js';
import type { GroupScores } from './scores.js';

export interface SelectionLimits {
  /** `uniform`: the same share of every group; `global`: the lowest scores of the whole network. */
  readonly scope: 'uniform' | 'global';
  /** Channels left are a multiple of this (a group that has no more keeps what it has). */
  readonly roundTo: number;
  /** Fewest channels left in a group. */
  readonly minChannels: number;
  /** Largest share of a group that may go, of what it had at first. */
  readonly maxRatio: number;
  /** Units that a group had before earlier rounds; default: what it has. */
  readonly unitsAtFirst?: (group: ChannelGroup) => number;
}

/** The removals at strengths 0 (nothing) to `steps` (all that the limits allow); each takes all that the one before takes. */
export interface Plan {
  readonly steps: number;
  at(strength: number): Removal[];
  /** What is left to do to have removed this share of what was there at first. */
  toRatio(ratio: number): Removal[];
}

interface ScoredGroup {
  readonly group: ChannelGroup;
  readonly scores: Float64Array;
  readonly atFirst: number;
}

/** Groups without scores stay whole. */
export function planRemovals(
  groups: readonly ChannelGroup[],
  scores: GroupScores,
  limits: SelectionLimits,
): Plan {
  const scored = groups.flatMap((group, i): ScoredGroup[] =>
    scores[i] ? [{ group, scores: scores[i], atFirst: limits.unitsAtFirst?.(group) ?? group.units }] : [],
  );
  return limits.scope === 'uniform' ? uniformPlan(scored, limits) : globalPlan(scored, limits);
}

function uniformPlan(scored: readonly ScoredGroup[], limits: SelectionLimits): Plan {
  const rankings = scored.map(({ scores }) => ascending(scores));
  const toRatio = (ratio: number) =>
    removals(
      scored,
      rankings,
      scored.map(({ group, atFirst }) => group.units - atFirst * (1 - ratio)),
      limits,
    );
  // Fine enough for every single unit.
  const steps = 4 * Math.max(1, ...scored.map(({ atFirst }) => atFirst));
  return { steps, toRatio, at: (strength) => toRatio(strength / steps) };
}

function globalPlan(scored: readonly ScoredGroup[], limits: SelectionLimits): Plan {
  const rankings = scored.map(({ scores }) => ascending(scores));
  const all = scored.flatMap(({ scores }, index) =>
    [...scores].map((value, unit) => ({ value, index, unit })),
  );
  all.sort((a, b) => a.value - b.value || a.index - b.index || a.unit - b.unit);
  const at = (strength: number) => {
    const counts = scored.map(() => 0);
    for (const { index } of all.slice(0, strength)) counts[index]! += 1;
    return removals(scored, rankings, counts, limits);
  };
  const atFirst = scored.reduce((sum, group) => sum + group.atFirst, 0);
  return {
    steps: all.length,
    at,
    toRatio: (ratio) => at(Math.max(0, Math.round(all.length - atFirst * (1 - ratio)))),
  };
}

function removals(
  scored: readonly ScoredGroup[],
  rankings: readonly (readonly number[])[],
  wishes: readonly number[],
  limits: SelectionLimits,
): Removal[] {
  return scored.flatMap((one, i): Removal[] => {
    const count = rounded(wishes[i]!, one, limits);
    return count > 0 ? [{ group: one.group, units: rankings[i]!.slice(0, count).sort((a, b) => a - b) }] : [];
  });
}

/** Units in the order in which they go. */
function ascending(scores: Float64Array): number[] {
  return Array.from(scores, (_, unit) => unit).sort((a, b) => scores[a]! - scores[b]! || a - b);
}

/** The wish, rounded to what is left being the nearest allowed number of units; of a group that nobody wants less of, none. */
function rounded(wish: number, { group, atFirst }: ScoredGroup, limits: SelectionLimits): number {
  if (wish < 1) return 0;
  const { units, channelsPerUnit } = group;
  const step = limits.roundTo / greatestCommonDivisor(limits.roundTo, channelsPerUnit);
  const fewest = Math.max(
    1,
    Math.ceil(limits.minChannels / channelsPerUnit),
    Math.ceil(atFirst * (1 - limits.maxRatio) - 1e-9),
  );
  const least = Math.min(units, Math.ceil(fewest / step) * step);
  const kept = Math.round((units - wish) / step) * step;
  return units - Math.min(units, Math.max(least, kept));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * The weakest removal whose cost is at most `most`, by bisection, then group by group within the last step.
 *
 * @param cost falls with strength; may be measured (then noise decides between neighbours).
 * @param refine false where each evaluation is dear.
 * @throws invalid_config where even the strongest removal costs more, naming the least that can be reached
 */
export async function meetTarget(
  plan: Plan,
  most: number,
  cost: (removals: readonly Removal[]) => number | Promise<number>,
  options: { readonly name: string; readonly refine: boolean; readonly resolution?: number },
): Promise<Removal[]> {
  let [low, high] = [0, plan.steps];
  const least = await cost(plan.at(high));
  if (least > most) {
    throw new PocketlensError(
      'invalid_config',
      `Expected a target for ${options.name} that can be reached but received ${show(most)}: pruning all that it may leaves ${show(least)}.`,
      {
        remedy: 'Raise the target or maxRatio, lower minChannels or roundTo, or ignore fewer layers.',
        details: { least, target: most },
      },
    );
  }
  const resolution = options.resolution ?? 1;
  while (high - low > resolution) {
    const middle = Math.floor((low + high) / 2);
    if ((await cost(plan.at(middle))) <= most) high = middle;
    else low = middle;
  }
  const enough = plan.at(high);
  if (!options.refine) return enough;
  // Rounding lets several groups jump in one step: take no more of them than it needs.
  const weaker = new Map(plan.at(low).map((removal) => [removal.group, removal]));
  const mix = new Map(weaker);
  for (const removal of enough) {
    if ((await cost([...mix.values()])) <= most) break;
    mix.set(removal.group, removal);
  }
  for (const { group } of enough) {
    const less = new Map(mix);
    const before = weaker.get(group);
    if (before) less.set(group, before);
    else less.delete(group);
    if ((await cost([...less.values()])) > most) continue;
    if (before) mix.set(group, before);
    else mix.delete(group);
  }
  return [...mix.values()];
}

function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
