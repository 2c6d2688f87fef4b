/** What the passes of this folder share: they train. */
import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import type { Hook } from '../../models/training/hooks.js';
import type { PassContext } from '../pass.js';

/** Minutes of tuning, and the settings of it that a recipe may change. */
export const tuningOptions = {
  minutes: z.number().positive(),
  steps: z.int().min(1).optional(),
  learningRate: z.number().positive().optional(),
  freezeBatchNorm: z.boolean().optional(),
};

export interface Tuning {
  readonly minutes: number;
  readonly steps?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly freezeBatchNorm?: boolean | undefined;
}

/** @throws invalid_config where there is no training data */
export async function tuneWith(
  pass: string,
  graph: Graph,
  hooks: readonly Hook[],
  { minutes, steps, learningRate, freezeBatchNorm }: Tuning,
  context: PassContext,
): Promise<Graph> {
  requireTune(pass, context);
  const tuned = await context.task!.tune!(graph, {
    name: pass,
    minutes,
    hooks,
    ...(steps !== undefined && { steps }),
    ...(learningRate !== undefined && { learningRate }),
    ...(freezeBatchNorm !== undefined && { freezeBatchNorm }),
  });
  return validate(tuned);
}

/** @throws invalid_config where there is no training data */
export function requireTune(pass: string, context: PassContext): void {
  if (context.task?.tune) return;
  throw new PocketlensError(
    'invalid_config',
    `Expected training data for pass "${pass}" but received none.`,
    { remedy: 'Give the data by --data, or leave the pass out of the recipe.' },
  );
}
