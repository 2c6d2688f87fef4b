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

/** The batch of a step. Its tensors live until the step ends. */
export interface BatchContext extends TrainingState {
  readonly feeds: Readonly<Record<ValueId, tf.Tensor>>;
  /** Of sequences padded to a common length: how many frames of each sample's output count. */
  readonly lengths?: readonly number[];
}

export interface LossContext extends BatchContext {
  /** The graph's outputs, in their order. */
  readonly outputs: readonly tf.Tensor[];
  /** The task's own loss of other outputs of the same shapes: what auxiliary heads are taught by. */
  taskLoss(outputs: readonly tf.Tensor[]): tf.Scalar;
}

export interface Hook {
  /** Unique among the hooks of a run: the checkpoint goes by it. */
  readonly name: string;
  beforeStep?(info: StepInfo, state: TrainingState): void;
  /**
   * Variables of the hook's own that the loop trains and checkpoints beside the graph's (projections, auxiliary heads),
   * and disposes of at the end. Asked for once, before the first step.
   */
  extraVariables?(state: TrainingState): ReadonlyMap<string, tf.Variable>;
  /** Sees the batch before the forward pass, outside the gradient tape: the place to run a teacher. */
  beforeForward?(info: StepInfo, batch: BatchContext): void;
  /** Replaces a param on its way into the forward pass (fake quantization, masks). Must be differentiable. */
  transformParam?(id: ParamId, value: tf.Tensor): tf.Tensor;
  /** Replaces a node's output before it flows on (dropped branches, gates). Must be differentiable. */
  transformValue?(id: ValueId, value: tf.Tensor): tf.Tensor;
  /** Further values of the graph that `extraLoss` wants to see. */
  readonly capture?: readonly ValueId[];
  /** Added to the task's loss; runs inside the gradient tape. */
  extraLoss?(info: StepInfo, captured: ReadonlyMap<ValueId, tf.Tensor>, context: LossContext): tf.Scalar;
  afterStep?(info: StepInfo, state: TrainingState): void;
  /**
   * Params that evaluation and the saved model use in place of the variables (averages, pruned, quantized). Hooks are
   * asked in their order: `params` is what the hooks before gave, at first the variables. New tensors are freed by the
   * caller; variables and kept tensors stay the hook's.
   */
  deployedParams?(
    state: TrainingState,
    params: ReadonlyMap<ParamId, tf.Tensor>,
  ): ReadonlyMap<ParamId, tf.Tensor>;
  /** For the checkpoint. */
  save?(): ReadonlyMap<string, Float32Array>;
  load?(saved: ReadonlyMap<string, Float32Array>): void;
  dispose?(): void;
}
