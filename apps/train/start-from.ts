/** Weights of one graph taken over into another: resuming from shipped weights, or into a changed head. */
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Param } from '../../models/graph/ir.js';

/** Params of the same name and shape come from `source`, all others stay as they are. @throws invalid_config where none fits */
export function startFrom(target: Graph, source: Graph): Graph {
  let taken = 0;
  const params = new Map<string, Param>();
  for (const [id, param] of target.params) {
    const other = source.params.get(id);
    const fits = other !== undefined && other.shape.join() === param.shape.join();
    if (fits) taken += 1;
    params.set(id, fits ? { ...param, data: other.data } : param);
  }
  if (taken === 0) {
    throw new PocketlensError(
      'invalid_config',
      `Expected weights for ${target.name} but received those of ${source.name}.`,
      {
        remedy: 'Give --init a graph of the same network.',
      },
    );
  }
  return { ...target, params };
}
