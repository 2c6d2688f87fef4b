/** Weights of one graph taken over into another: resuming from shipped weights, or into a changed head. */
import { multiplyOut } from '../../compression/factorize/multiply-out.js';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Param } from '../../models/graph/ir.js';
import { awakened } from '../../models/training/silent-channels.js';
import { growthOf, narrowed, widened } from './fit-widths.js';

/**
 * Params of the same name come from `source`, all others stay as they are: a deeper network starts from what a shallower
 * one knows. Its new residual blocks are not made quiet: one that begins with a tenth of the scale loses its channels within
 * a hundred steps, one that begins with the whole scale disturbs the network for as long, and lives. Channels that are silent
 * in `source` begin anew in the same way (`silent-channels.ts`). Layers that are narrower keep their strongest channels; of
 * wider ones the new channels begin unheard. Layers that were factorized (`svd`) are multiplied out: shipped weights may be.
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
  const growth = growthOf(target, fitted);
  const params = new Map<string, Param>();
  for (const [id, param] of target.params) {
    const other = fitted.params.get(id);
    const data = other && widened(param, other, growth.get(id) ?? new Map());
    params.set(id, { ...param, data: data ?? param.data });
  }
  return awakened({ ...target, params });
}
