/** One step of training: forward with the hooks' changes, losses, gradients, clipping, Adam, running statistics. */
import * as tf from '@tensorflow/tfjs-core';
import { execute } from '../graph/execute.js';
import type { ParamId, ValueId } from '../graph/ir.js';
import type { StepInfo, TrainingState } from './hooks.js';
import type { TrainingOptions, TrainingTask } from './loop.js';
import type { Adam } from './optimizers/adam.js';
import { clipByGlobalNorm } from './optimizers/clip-by-global-norm.js';

/** @param extras the hooks' own variables. @returns the loss; everything else is freed. */
export function trainStep<Batch>(
  state: TrainingState,
  extras: ReadonlyMap<string, tf.Variable>,
  task: TrainingTask<Batch>,
  batch: Batch,
  info: StepInfo,
  options: TrainingOptions,
  adam: Adam,
): tf.Scalar {
  const { graph, variables } = state;
  const hooks = options.hooks ?? [];
  const statistics = new Map<ParamId, BatchStatistic>();
  const params = hooks.filter((hook) => hook.transformParam);
  const values = hooks.filter((hook) => hook.transformValue);
  const capture = hooks.flatMap((hook) => hook.capture ?? []);
  const trained = new Map(
    [...variables].filter(([id, { trainable }]) => trainable && options.rateFactor?.(id) !== 0),
  );
  for (const [id, variable] of extras) trained.set(id, variable);
  return tf.tidy(() => {
    const feeds = task.feeds(batch);
    const lengths = task.lengths?.(batch);
    const context = { ...state, feeds, ...(lengths && { lengths }) };
    for (const hook of hooks) hook.beforeForward?.(info, context);
    const { value, grads } = tf.variableGrads(() => {
      const results = execute(graph, feeds, {
        variables,
        training: true,
        freezeBatchNorm: options.freezeBatchNorm ?? false,
        capture,
        onStatistics: (id, value, momentum) =>
          statistics.set(id, { value: tf.keep(value.clone()), momentum }),
        ...(params.length && {
          transformParam: (id: ParamId, value: tf.Tensor) =>
            params.reduce((current, hook) => hook.transformParam!(id, current), value),
        }),
        ...(values.length && {
          transformValue: (id: ValueId, value: tf.Tensor) =>
            values.reduce((current, hook) => hook.transformValue!(id, current), value),
        }),
      });
      const outputs = results.slice(0, graph.outputs.length);
      const captured = new Map(capture.map((id, i) => [id, results[graph.outputs.length + i]!]));
      const taskLoss = (others: readonly tf.Tensor[]) => task.loss([...others], batch);
      const extra = hooks.flatMap((hook) =>
        hook.extraLoss ? [hook.extraLoss(info, captured, { ...context, outputs, taskLoss })] : [],
      );
      return extra.reduce((sum, term) => tf.add(sum, term) as tf.Scalar, task.loss(outputs, batch));
    }, [...trained.values()]);
    const gradients = new Map<string, tf.Tensor>();
    for (const [id, variable] of trained) {
      const gradient = grads[variable.name];
      if (gradient) gradients.set(id, gradient);
    }
    adam.step(trained, clipByGlobalNorm(gradients, options.clipNorm).grads, info.learningRate);
    updateStatistics(variables, statistics);
    return value;
  });
}

interface BatchStatistic {
  readonly value: tf.Tensor1D;
  readonly momentum: number;
}

/** Batch normalisation's running mean and variance follow the batches' by each node's momentum. */
function updateStatistics(
  variables: ReadonlyMap<ParamId, tf.Variable>,
  statistics: ReadonlyMap<ParamId, BatchStatistic>,
): void {
  for (const [id, { value, momentum }] of statistics) {
    const variable = variables.get(id)!;
    variable.assign(tf.add(tf.mul(variable, momentum), tf.mul(value, 1 - momentum)));
    value.dispose();
  }
}
