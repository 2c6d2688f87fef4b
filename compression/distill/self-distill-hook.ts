/**
 * Self-distillation as a hook: heads on inner values, taught by the labels and by the model's own last output (Zhang et
 * al. 2019, "Be your own teacher"). The heads live beside the graph, which is never changed: nothing is to be stripped.
 */
import * as tf from '@tensorflow/tfjs-core';
import { execute } from '../../models/graph/execute.js';
import type { Graph, ValueId } from '../../models/graph/ir.js';
import { createVariables } from '../../models/graph/variables.js';
import type { Hook } from '../../models/training/hooks.js';
import { stopGradient } from './divergences.js';
import { buildHead } from './heads.js';
import { lessonLoss, lessonOf, type TaughtOutput } from './outputs.js';

export interface SelfDistillHookOptions {
  readonly places: readonly ValueId[];
  readonly outputs: readonly TaughtOutput[];
  /** Share of the deepest output's teaching in a head's loss; the rest is the labels'. */
  readonly alpha: number;
  /** Of the heads' losses, each, beside the model's. */
  readonly weight: number;
  /** Channels inside a head. Default: those of its value. */
  readonly width?: number;
  readonly inputShapes: Readonly<Record<ValueId, readonly number[]>>;
  readonly seed: number;
}

/** @throws invalid_config where a head cannot be put */
export function selfDistillHook(graph: Graph, options: SelfDistillHookOptions): Hook {
  const { places, outputs, alpha, weight } = options;
  const indices = [...new Set(outputs.map(({ output }) => output))];
  const heads = places.map((place) => buildHead(graph, place, indices, options));
  const variables = heads.map(() => new Map<string, tf.Variable>());
  return {
    name: 'self-distill',
    capture: places,
    extraVariables() {
      const all = new Map<string, tf.Variable>();
      heads.forEach((head, i) => {
        variables[i] = createVariables(head);
        for (const [id, variable] of variables[i]) all.set(`head${i}/${id}`, variable);
      });
      return all;
    },
    extraLoss(_info, captured, { outputs: own, lengths, taskLoss }) {
      // What the heads do not make stays the model's, as a constant.
      const fixed = own.map(stopGradient);
      const lessons = outputs.map((taught) => lessonOf(taught, [fixed[taught.output]!], lengths));
      const terms = heads.flatMap((head, i) => {
        const made = execute(head, { x: captured.get(places[i]!)! }, { variables: variables[i]! });
        const all = [...fixed];
        indices.forEach((index, k) => {
          all[index] = made[k]!;
        });
        const byLabels = tf.mul(taskLoss(all), 1 - alpha);
        const byDeepest = outputs.map((taught, k) =>
          lessonLoss(taught, all[taught.output]!, lessons[k]!, lengths),
        );
        return [byLabels, ...byDeepest.map((loss) => tf.mul(loss, alpha))];
      });
      return tf.mul(tf.addN(terms), weight) as tf.Scalar;
    },
  };
}
