/** How much a replacement hurts. */
import type { Graph } from '../../models/graph/ir.js';
import { openSession } from '../../models/runtime/session.js';
import { calibrationFor } from '../calibration.js';
import { exportOnnx } from '../export/onnx/export-onnx.js';
import { type PassContext, requireTask } from '../pass.js';
import { borderFeeds } from '../run-feeds.js';
import type { Candidate } from './candidates.js';
import { replaceLayers } from './rewrite.js';

/**
 * weights: squared relative error of the layer's weights; output: squared relative error of the graph's outputs on calibration
 * inputs, everything else as it was; quality: points that `task.evaluate` loses (below 0 where it gains).
 */
export const MEASURES = ['weights', 'output', 'quality'] as const;
export type Measure = (typeof MEASURES)[number];

export type DamageOf = (candidate: Candidate) => Promise<number>;

/** @param samples calibration inputs. @throws invalid_config where the measure needs data and there are none */
export async function damageMeasure(
  graph: Graph,
  measure: Measure,
  samples: number,
  context: PassContext,
): Promise<DamageOf> {
  if (measure === 'weights') return async ({ factorization }) => factorization.error ** 2;
  const task = requireTask('factorize', context);
  const changed = ({ layer, factorization }: Candidate) =>
    replaceLayers(graph, [{ layer, factors: factorization.layers }]);
  if (measure === 'quality') {
    const { quality } = await task.evaluate(graph);
    return async (candidate) => quality - (await task.evaluate(changed(candidate))).quality;
  }
  const feeds = await calibrationFor(graph, task, samples);
  const run = async (other: Graph): Promise<Float32Array[]> => {
    const session = await openSession(exportOnnx(other), { threads: 1 });
    try {
      const results: Float32Array[] = [];
      for (const feed of feeds) {
        const outputs = await session.run(
          borderFeeds(other, feed),
          context.signal ? { signal: context.signal } : {},
        );
        for (const id of other.outputs) results.push(Float32Array.from(outputs[id]!.data as Float32Array));
      }
      return results;
    } finally {
      await session.dispose();
    }
  };
  const original = await run(graph);
  return async (candidate) => relativeSquaredError(original, await run(changed(candidate)));
}

function relativeSquaredError(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let error = 0;
  let total = 0;
  a.forEach((values, k) => {
    for (let i = 0; i < values.length; i++) {
      error += (values[i]! - b[k]![i]!) ** 2;
      total += values[i]! ** 2;
    }
  });
  return total > 0 ? error / total : error;
}
