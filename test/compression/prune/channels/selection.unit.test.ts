import { describe, expect, it } from 'vitest';
import type { ChannelGroup } from '../../../../compression/prune/channels/channel-group.js';
import type { Removal } from '../../../../compression/prune/channels/remove-channels.js';
import {
  meetTarget,
  planRemovals,
  type SelectionLimits,
} from '../../../../compression/prune/channels/selection.js';

const limits: SelectionLimits = { scope: 'global', roundTo: 8, minChannels: 8, maxRatio: 0.8 };

/** Groups of these widths; the first ones' channels matter least. */
function network(widths: readonly number[]) {
  const groups = widths.map((units) => ({ units, channelsPerUnit: 1 }) as ChannelGroup);
  const scores = widths.map((units, i) => Float64Array.from({ length: units }, (_, k) => 100 * i + k));
  const left = (removals: readonly Removal[]) =>
    groups.map((group) => group.units - (removals.find((one) => one.group === group)?.units.length ?? 0));
  return { groups, scores, left };
}

describe('planRemovals', () => {
  it.each(['uniform', 'global'] as const)(
    'takes nothing at strength 0, whatever the widths (%s)',
    (scope) => {
      const { groups, scores } = network([18, 20, 33, 64]);
      expect(planRemovals(groups, scores, { ...limits, scope }).at(0)).toEqual([]);
    },
  );

  it('takes ever more, and leaves multiples and the fewest allowed', () => {
    const { groups, scores, left } = network([18, 20, 33, 64]);
    const plan = planRemovals(groups, scores, limits);
    let before = [18, 20, 33, 64];
    for (let strength = 0; strength <= plan.steps; strength++) {
      const now = left(plan.at(strength));
      now.forEach((width, i) => {
        expect(width).toBeLessThanOrEqual(before[i]!);
        expect(width % 8 === 0 || width === groups[i]!.units).toBe(true);
      });
      before = now;
    }
    expect(before).toEqual([8, 8, 8, 16]);
  });
});

describe('meetTarget', () => {
  it('takes no more groups than the target needs', async () => {
    const { groups, scores, left } = network([18, 18, 18, 64]);
    const cost = (removals: readonly Removal[]) => left(removals).reduce((sum, width) => sum + width ** 2, 0);
    const plan = planRemovals(groups, scores, limits);
    const meet = async (keep: number) =>
      left(await meetTarget(plan, keep * cost([]), cost, { name: 'cost', refine: true }));
    // One narrow group is enough, of the channels that matter least.
    expect(await meet(0.99)).toEqual([16, 18, 18, 64]);
    expect((await meet(0.5))[3]).toBeLessThan(64);
    await expect(meet(0.01)).rejects.toMatchObject({ code: 'invalid_config' });
  });
});
