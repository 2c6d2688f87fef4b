/** Options of a training with rounded weights. */
import { z } from 'zod';

export const trainingShape = {
  /** Minutes of training, and steps: what ends first ends it. At least one of them. */
  minutes: z.number().positive().optional(),
  steps: z.int().min(1).optional(),
  /** Peak. Default: the task's for tuning. */
  learningRate: z.number().positive().optional(),
  /** Step sizes are trained, of weights and activations; false: those of weights follow the weights. */
  learnedStep: z.boolean().default(true),
  /** The graph as it comes in teaches beside the labels. */
  teacher: z.boolean().default(false),
};

export const hasLength = ({ minutes, steps }: { minutes?: number | undefined; steps?: number | undefined }) =>
  minutes !== undefined || steps !== undefined;
export const LENGTH_MESSAGE = 'give the minutes or the steps of training';

/** Weights in groups with rounded activations. */
export const GROUPS_MESSAGE =
  'integer kernels take weights per tensor or channel: set activations to "none" or the weights so';

export interface TrainingSettings {
  readonly minutes?: number | undefined;
  readonly steps?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly learnedStep: boolean;
  readonly teacher: boolean;
}
