/** What may be added to the loop without touching it: pruning, quantization, distillation, averaging, ... are hooks. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Graph, ParamId, ValueId } from '../graph/ir.js';

export interface StepInfo {
  /** Steps done before this one, over all sessions of the run. */
  readonly step: number;
  /** Share of this session's budget that is used, in [0, 1]. */
  readonly progress: number;
  readonly learningRate: number;
}

export interface TrainingState {
  readonly graph: Graph;
  readonly variables: ReadonlyMap<ParamId, tf.Variable>;
}

export interface Hook {
  readonly name: string;
  beforeStep?(info: StepInfo, state: TrainingState): void;
  /** Replaces a param on its way into the forward pass (fake quantization, masks). Must be differentiable. */
  transformParam?(id: ParamId, value: tf.Tensor): tf.Tensor;
  /** Further values of the graph that `extraLoss` wants to see. */
  readonly capture?: readonly ValueId[];
  /** Added to the task's loss; runs inside the gradient tape. */
  extraLoss?(info: StepInfo, captured: ReadonlyMap<ValueId, tf.Tensor>): tf.Scalar;
  afterStep?(info: StepInfo, state: TrainingState): void;
  /** Params that evaluation and the saved model use in place of the variables (averages, pruned, quantized). */
  deployedParams?(state: TrainingState): ReadonlyMap<ParamId, tf.Tensor>;
  /** For the checkpoint. */
  save?(): ReadonlyMap<string, Float32Array>;
  load?(saved: ReadonlyMap<string, Float32Array>): void;
  dispose?(): void;
}
