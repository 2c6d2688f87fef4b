/** Training after a pass has shared weights. */
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import type { Hook } from '../../models/training/hooks.js';
import { type PassContext, requireTask } from '../pass.js';

/** The graph itself where no minutes are given. @throws invalid_config where there is no training data */
export async function tuned(
  graph: Graph,
  name: string,
  options: { readonly tuneMinutes: number; readonly learningRate?: number | undefined },
  context: PassContext,
  hooks: readonly Hook[] = [],
): Promise<Graph> {
  const { tuneMinutes: minutes, learningRate } = options;
  if (minutes === 0) return graph;
  const task = requireTask(name, context);
  if (!task.tune) {
    throw new PocketlensError(
      'invalid_config',
      `Expected training data for "tuneMinutes" of "${name}" but received none.`,
      { remedy: 'Give training data, or set tuneMinutes to 0.' },
    );
  }
  return task.tune(graph, {
    minutes,
    name,
    ...(hooks.length > 0 && { hooks }),
    ...(learningRate !== undefined && { learningRate }),
  });
}
