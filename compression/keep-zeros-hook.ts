/** Keeps pruned weights at 0 while other passes train. */
import * as tf from '@tensorflow/tfjs-core';
import type { Graph, ParamId } from '../models/graph/ir.js';
import type { Hook } from '../models/training/hooks.js';

/**
 * Weights that are exactly 0 were pruned: training hardly ever leaves one there. Vectors (biases, normalisations) begin
 * there, and so do whole layers that are to learn from nothing: they are left alone.
 *
 * @returns no hook where nothing is pruned
 */
export function keepZerosHook(graph: Graph): Hook[] {
  const pruned = new Map<ParamId, Float32Array>();
  for (const [id, { shape, data, trainable }] of graph.params)
    if (trainable && shape.length > 1 && data.includes(0) && data.some((value) => value !== 0))
      pruned.set(
        id,
        data.map((value) => Number(value !== 0)),
      );
  if (pruned.size === 0) return [];
  const masks = new Map<ParamId, tf.Tensor>();
  const masked = (id: ParamId, value: tf.Tensor): tf.Tensor => {
    const mask = pruned.get(id);
    if (!mask) return value;
    if (!masks.has(id)) masks.set(id, tf.keep(tf.tensor(mask, value.shape)));
    return tf.mul(value, masks.get(id)!);
  };
  return [
    {
      name: 'keep-zeros',
      transformParam: masked,
      deployedParams: (_state, params) =>
        // Plus 0: a product would leave −0.
        new Map(
          [...params].map(([id, value]) => [id, pruned.has(id) ? tf.add(masked(id, value), 0) : value]),
        ),
      dispose() {
        tf.dispose([...masks.values()]);
        masks.clear();
      },
    },
  ];
}
