/** Keeps pruned weights at 0 while other passes train. */
import * as tf from '@tensorflow/tfjs-core';
import type { Graph, ParamId } from '../models/graph/ir.js';
import type { Hook } from '../models/training/hooks.js';

/**
 * Weights that are exactly 0 were pruned: training hardly ever leaves one there. Vectors (biases, normalisations) begin
 * there, and so do whole layers that are to learn from nothing: they are left alone.
 *
 * @param except params that other hooks see to
 * @returns no hook where nothing is pruned
 */
export function keepZerosHook(graph: Graph, except: ReadonlySet<ParamId> = new Set()): Hook[] {
  const pruned = new Set<ParamId>();
  for (const [id, { shape, data, trainable, encoding }] of graph.params)
    if (trainable && !encoding && shape.length > 1 && !except.has(id) && isPruned(data)) pruned.add(id);
  if (pruned.size === 0) return [];
  const masks = new Map<ParamId, tf.Tensor>();
  const masked = (id: ParamId, value: tf.Tensor): tf.Tensor => {
    const mask = masks.get(id);
    return mask ? tf.mul(value, mask) : value;
  };
  return [
    {
      name: 'keep-zeros',
      beforeStep(_info, { variables }) {
        // Of the variables: a tuning that goes on may be of a network of other widths, as it began with.
        if (masks.size > 0) return;
        for (const id of pruned)
          masks.set(id, tf.keep(tf.tidy(() => tf.cast(tf.notEqual(variables.get(id)!, 0), 'float32'))));
      },
      transformParam: masked,
      deployedParams: (_state, params) =>
        // Plus 0: a product would leave −0.
        new Map([...params].map(([id, value]) => [id, masks.has(id) ? tf.add(masked(id, value), 0) : value])),
      dispose() {
        tf.dispose([...masks.values()]);
        masks.clear();
      },
    },
  ];
}

const isPruned = (data: Float32Array) => data.includes(0) && data.some((value) => value !== 0);
