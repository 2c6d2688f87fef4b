/** Trains codebooks: which entry a weight is stays as it is, the entries move (Han et al. 2016, section 3). */
import * as tf from '@tensorflow/tfjs-core';
import type { ParamId } from '../../models/graph/ir.js';
import type { Hook } from '../../models/training/hooks.js';
import type { Clusters } from './codebook.js';

/**
 * In the forward pass each weight is the mean of its cluster, so that the gradient of each is the cluster's summed gradient over
 * its size. Weights that start equal get equal gradients and stay equal; the zero entry gets none.
 */
export function clusteredHook(clusters: ReadonlyMap<ParamId, Clusters>): Hook {
  const tensors = new Map<ParamId, { codes: tf.Tensor1D; factors: tf.Tensor1D }>();
  const tensorsOf = (id: ParamId, { codes, centres, zero }: Clusters) => {
    const found = tensors.get(id);
    if (found) return found;
    const counts = new Uint32Array(centres.length);
    for (const code of codes) counts[code]! += 1;
    const factors = Float32Array.from(counts, (n, code) => (n === 0 || code === zero ? 0 : 1 / n));
    const made = {
      codes: tf.keep(tf.tensor1d(Int32Array.from(codes), 'int32')),
      factors: tf.keep(tf.tensor1d(factors)),
    };
    tensors.set(id, made);
    return made;
  };
  return {
    name: 'clustered-weights',
    transformParam(id, value) {
      const own = clusters.get(id);
      if (!own) return value;
      const { codes, factors } = tensorsOf(id, own);
      const averaged = (x: tf.Tensor): tf.Tensor =>
        tf.tidy(() => {
          const sums = tf.unsortedSegmentSum(tf.reshape(x, [-1]), codes, own.centres.length);
          return tf.reshape(tf.gather(tf.mul(sums, factors), codes), x.shape);
        });
      // The mean over clusters is symmetric: its gradient is itself.
      const mean = tf.customGrad((x) => ({
        value: averaged(x as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => averaged(dy),
      }));
      return mean(value);
    },
    dispose() {
      for (const { codes, factors } of tensors.values()) tf.dispose([codes, factors]);
      tensors.clear();
    },
  };
}
