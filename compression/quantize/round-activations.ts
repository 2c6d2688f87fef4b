/** Rounding of activations to ranges that calibration inputs give. */
import type { Graph, ValueId } from '../../models/graph/ir.js';
import { type PassContext, requireTask } from '../pass.js';
import { calibrate, gridOf } from './calibrators.js';
import { collectStatistics, type ValueStatistics } from './collect-statistics.js';
import { insertRoundings, type Rounding } from './insert-roundings.js';
import type { ActivationOptions } from './options.js';
import type { Placement } from './placement.js';

/**
 * @param means values whose channels' means are wanted beside
 * @returns the graph with its roundings, and what was found of the values
 */
export async function roundActivations(
  graph: Graph,
  { grids }: Placement,
  options: ActivationOptions,
  context: PassContext,
  means: readonly ValueId[] = [],
): Promise<{ rounded: Graph; found: ReadonlyMap<ValueId, ValueStatistics> }> {
  const wanted = [...new Set(grids.values())];
  const { samples, momentum, calibrator, percentile, bits, signed } = options;
  const found = await statisticsOf(graph, wanted, samples, context, means, momentum);
  const roundings = new Map(
    wanted.map((id): [ValueId, Rounding] => {
      const range = calibrate(found.get(id)!.histogram, calibrator, options, percentile);
      return [id, { ...gridOf(range, options), bits, signed }];
    }),
  );
  return { rounded: insertRoundings(graph, grids, roundings), found };
}

/** Runs the float graph on the task's calibration inputs. */
export async function statisticsOf(
  graph: Graph,
  values: readonly ValueId[],
  samples: number,
  context: PassContext,
  means: readonly ValueId[],
  momentum?: number,
): Promise<ReadonlyMap<ValueId, ValueStatistics>> {
  const feeds = await requireTask('quantize', context).calibration(samples);
  return collectStatistics(graph, feeds, [...new Set([...values, ...means])], {
    channels: means,
    ...(momentum === undefined ? {} : { momentum }),
    ...(context.signal ? { signal: context.signal } : {}),
    ...(context.note ? { note: context.note } : {}),
  });
}
