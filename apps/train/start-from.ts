/** Weights of one graph taken over into another: resuming from shipped weights, or into a changed head. */
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Param } from '../../models/graph/ir.js';

/** Scale of the last norm in a residual block that the source lacks: the block begins nearly silent and disturbs nothing. */
const QUIET = 0.1;

/**
 * Params of the same name and shape come from `source`, all others stay as they are, but residual blocks that are new
 * begin nearly as the identity, so that a deeper network starts from what a shallower one knows (Chen et al. 2016, Net2Net).
 * @throws invalid_config where none fits
 */
export function startFrom(target: Graph, source: Graph): Graph {
  let taken = 0;
  const params = new Map<string, Param>();
  for (const [id, param] of target.params) {
    const other = source.params.get(id);
    const fits = other !== undefined && other.shape.join() === param.shape.join();
    if (fits) taken += 1;
    const quiet = other === undefined && /\/block\d+\/norm\/scale$/.test(id);
    const data = fits ? other.data : quiet ? param.data.map(() => QUIET) : param.data;
    params.set(id, { ...param, data });
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
