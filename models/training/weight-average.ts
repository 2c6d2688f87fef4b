/**
 * Exponential moving average of the weights (Polyak and Juditsky 1992; as "mean teacher", Tarvainen and Valpola 2017): the
 * average reads better than the latest weights as long as the learning rate is high.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ParamId } from '../graph/ir.js';
import type { Hook, TrainingState } from './hooks.js';

/** @param decay share of the old average kept at each step, reached gradually over the first steps. */
export function weightAverage(decay = 0.999): Hook {
  const averages = new Map<ParamId, tf.Variable>();
  // Loaded before the variables exist: taken up at the first step.
  const pending = new Map<ParamId, Float32Array>();
  let steps = 0;
  return {
    name: 'weight-average',
    afterStep(_info, { variables }) {
      steps += 1;
      const keep = Math.min(decay, steps / (steps + 10));
      for (const [id, variable] of variables) {
        const average = averages.get(id);
        if (!average) averages.set(id, tf.variable(variable, false));
        // In this form what does not change (zero points, codebooks) stays as it is, to the bit.
        else tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(variable, average), 1 - keep))));
      }
    },
    deployedParams: ({ variables }: TrainingState) => (averages.size ? averages : variables),
    save() {
      const saved = new Map<string, Float32Array>([['steps', Float32Array.of(steps)]]);
      for (const [id, average] of averages) saved.set(`average/${id}`, average.dataSync() as Float32Array);
      return saved;
    },
    load(saved) {
      steps = saved.get('steps')?.[0] ?? 0;
      for (const [key, data] of saved) {
        if (!key.startsWith('average/')) continue;
        // Shapes are those of the variables; the first afterStep would fail on a mismatch.
        pending.set(key.slice('average/'.length), data);
      }
    },
    beforeStep(_info, { variables }) {
      if (pending.size === 0) return;
      for (const [id, data] of pending) {
        const variable = variables.get(id);
        if (variable)
          averages.set(
            id,
            tf.tidy(() => tf.variable(tf.tensor(data, variable.shape), false)),
          );
      }
      pending.clear();
    },
    dispose() {
      for (const average of averages.values()) average.dispose();
      averages.clear();
    },
  };
}
