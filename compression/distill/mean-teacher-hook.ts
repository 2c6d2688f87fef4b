/**
 * The model's own exponential moving average as its teacher (mean teacher, Tarvainen and Valpola 2017): steadier than the
 * model, and free of any other.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../models/base/random.js';
import { execute } from '../../models/graph/execute.js';
import type { Graph, ParamId } from '../../models/graph/ir.js';
import type { Hook, TrainingState } from '../../models/training/hooks.js';
import { type Lesson, lessonLoss, lessonOf, type TaughtOutput } from './outputs.js';

export interface MeanTeacherOptions {
  readonly outputs: readonly TaughtOutput[];
  /** Share of the old average kept at each step, reached gradually. */
  readonly decay: number;
  /** Of the teacher's losses; it rises from 0 over the first `rampSteps` steps as exp(−5 (1 − t)²). */
  readonly weight: number;
  readonly rampSteps: number;
  /** Standard deviation of Gaussian noise added to the teacher's inputs. */
  readonly noise: number;
  readonly seed: number;
}

export function meanTeacherHook(graph: Graph, options: MeanTeacherOptions): Hook {
  const { outputs, decay, weight, rampSteps, noise, seed } = options;
  const averages = new Map<ParamId, tf.Variable>();
  const pending = new Map<ParamId, Float32Array>();
  let steps = 0;
  let lessons: Lesson[] = [];
  const place = ({ variables }: TrainingState) => {
    if (averages.size > 0) return;
    for (const [id, variable] of variables) {
      const saved = pending.get(id);
      averages.set(
        id,
        tf.tidy(() => tf.variable(saved ? tf.tensor(saved, variable.shape) : variable, false)),
      );
    }
    pending.clear();
  };
  return {
    name: 'mean-teacher',
    beforeForward({ step }, batch) {
      place(batch);
      const feeds = Object.fromEntries(
        Object.entries(batch.feeds).map(([id, x]) => {
          if (noise === 0) return [id, x];
          const key = new Random(seed, 'mean-teacher', id, step).int(1, 2 ** 31 - 1);
          return [id, tf.add(x, tf.randomNormal(x.shape, 0, noise, 'float32', key))];
        }),
      );
      const answers = tf.tidy(() => execute(graph, feeds, { variables: averages }));
      lessons = outputs.map((taught) => lessonOf(taught, [answers[taught.output]!], batch.lengths));
    },
    extraLoss(_info, _captured, { outputs: own, lengths }) {
      const t = rampSteps > 0 ? Math.min(1, steps / rampSteps) : 1;
      const terms = outputs.map((taught, i) => lessonLoss(taught, own[taught.output]!, lessons[i]!, lengths));
      return tf.mul(tf.addN(terms), weight * Math.exp(-5 * (1 - t) ** 2)) as tf.Scalar;
    },
    afterStep(_info, { variables }) {
      steps += 1;
      const keep = Math.min(decay, steps / (steps + 10));
      for (const [id, average] of averages) {
        tf.tidy(() => average.assign(tf.add(average, tf.mul(tf.sub(variables.get(id)!, average), 1 - keep))));
      }
    },
    save() {
      const saved = new Map<string, Float32Array>([['steps', Float32Array.of(steps)]]);
      // Loaded, and not yet asked for.
      for (const [id, data] of pending) saved.set(`average/${id}`, data);
      for (const [id, average] of averages) saved.set(`average/${id}`, average.dataSync() as Float32Array);
      return saved;
    },
    load(saved) {
      steps = saved.get('steps')?.[0] ?? 0;
      for (const [key, data] of saved) {
        if (key.startsWith('average/')) pending.set(key.slice('average/'.length), data);
      }
    },
    dispose() {
      tf.dispose([...averages.values()]);
      averages.clear();
    },
  };
}
