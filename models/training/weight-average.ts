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
  // Loaded without their shapes, which are those of the variables: taken up as soon as these are seen.
  const pending = new Map<ParamId, Float32Array>();
  let steps = 0;
  const takeUp = (variables: TrainingState['variables']) => {
    for (const [id, data] of pending) {
      const variable = variables.get(id);
      if (variable)
        averages.set(
          id,
          tf.tidy(() => tf.variable(tf.tensor(data, variable.shape), false)),
        );
    }
    pending.clear();
  };
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
    deployedParams({ variables }: TrainingState) {
      // A resumed session may end before its first step.
      takeUp(variables);
      return averages.size ? averages : variables;
    },
    save() {
      const saved = new Map<string, Float32Array>([['steps', Float32Array.of(steps)]]);
      for (const [id, data] of pending) saved.set(`average/${id}`, data);
      for (const [id, average] of averages) saved.set(`average/${id}`, average.dataSync() as Float32Array);
      return saved;
    },
    load(saved) {
      steps = saved.get('steps')?.[0] ?? 0;
      for (const [key, data] of saved) {
        if (!key.startsWith('average/')) continue;
        pending.set(key.slice('average/'.length), data);
      }
    },
    beforeStep: (_info, { variables }) => takeUp(variables),
    dispose() {
      for (const average of averages.values()) average.dispose();
      averages.clear();
      pending.clear();
    },
  };
}
