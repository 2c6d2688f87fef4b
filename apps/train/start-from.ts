/** Weights of one graph taken over into another: resuming from shipped weights, or into a changed head. */
import { multiplyOut } from '../../compression/factorize/multiply-out.js';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Param } from '../../models/graph/ir.js';
import { growableAxes, narrowed, widened } from './fit-widths.js';

/** Scale of the last norm in a residual block that the source lacks: the block begins nearly silent and disturbs nothing. */
const QUIET = 0.1;

/**
 * Params of the same name come from `source`, all others stay as they are, but residual blocks that are new begin nearly
 * as the identity, so that a deeper network starts from what a shallower one knows (Chen et al. 2016, Net2Net). Layers that
 * are narrower keep their strongest channels; of wider ones the new channels begin unheard. Layers that were factorized
 * (`svd`) are multiplied out: shipped weights may be.
 * @throws invalid_config where none fits
 */
export function startFrom(target: Graph, source: Graph): Graph {
  if (![...target.params.keys()].some((id) => source.params.has(id))) {
    throw new PocketlensError(
      'invalid_config',
      `Expected weights for ${target.name} but received those of ${source.name}.`,
      {
        remedy: 'Give --init a graph of the same network.',
      },
    );
  }
  const isFactorized = ![...source.params.keys()].every((id) => target.params.has(id));
  const fitted = narrowed(isFactorized ? multiplyOut(source) : source, target);
  const growable = growableAxes(target);
  const params = new Map<string, Param>();
  for (const [id, param] of target.params) {
    const other = fitted.params.get(id);
    const data = other && widened(param, other, growable.get(id) ?? new Map());
    const quiet = other === undefined && /\/block\d+\/norm\/scale$/.test(id);
    params.set(id, { ...param, data: data ?? (quiet ? param.data.map(() => QUIET) : param.data) });
  }
  return { ...target, params };
}
