/** Training inside a pass: all passes that train go through here. */
import { z } from 'zod';
import { PocketlensError } from '../models/base/errors.js';
import type { Graph, ParamId } from '../models/graph/ir.js';
import { validate } from '../models/graph/validate.js';
import { awakened } from '../models/training/silent-channels.js';
import { keepZerosHook } from './keep-zeros-hook.js';
import type { PassContext, TuneOptions } from './pass.js';

/** Minutes of tuning, and the settings of it that a recipe may change. */
export const tuningOptions = {
  minutes: z.number().positive(),
  /** Channels that never fire begin anew first (`silent-channels.ts`). */
  awaken: z.boolean().optional(),
  steps: z.int().min(1).optional(),
  learningRate: z.number().positive().optional(),
  freezeBatchNorm: z.boolean().optional(),
};

type Optional<T> = { readonly [K in keyof T]: T[K] | undefined };

export type Tuning = Pick<TuneOptions, 'minutes' | 'hooks'> &
  Partial<Optional<Pick<TuneOptions, 'steps' | 'learningRate' | 'freezeBatchNorm' | 'name'>>> & {
    readonly awaken?: boolean | undefined;
    /** Params of which the pass's own hooks keep the zeros, or move them on purpose. */
    readonly ownZeros?: Iterable<ParamId> | undefined;
    /** The pass's own hooks keep codes: a graph that has some is not refused. */
    readonly ownCodes?: boolean | undefined;
  };

/**
 * Trains on with the model's own loss and data. Weights that were pruned stay 0.
 *
 * @param tuning `name` tells the tunings of one pass apart; default: the pass's
 * @throws invalid_config where there is no training data, or where the graph holds codes, which training would leave
 */
export async function tuneGraph(
  pass: string,
  graph: Graph,
  tuning: Tuning,
  context: PassContext,
): Promise<Graph> {
  requireTuning(pass, context);
  const { minutes, awaken, hooks = [], steps, learningRate, freezeBatchNorm, name = pass } = tuning;
  if (!tuning.ownCodes) requireFloat(pass, graph);
  const all = [...hooks, ...keepZerosHook(graph, new Set(tuning.ownZeros))];
  try {
    const tuned = await context.task!.tune!(awaken ? awakened(graph) : graph, {
      name,
      minutes,
      ...(all.length > 0 && { hooks: all }),
      ...(steps !== undefined && { steps }),
      ...(learningRate !== undefined && { learningRate }),
      ...(freezeBatchNorm !== undefined && { freezeBatchNorm }),
    });
    return validate(tuned);
  } finally {
    for (const hook of all) hook.dispose?.();
  }
}

/** Said before a pass begins its work. @throws invalid_config where there is no training data */
export function requireTuning(pass: string, context: PassContext, option?: string): void {
  if (context.task?.tune) return;
  const what = option === undefined ? `pass "${pass}"` : `"${option}" of pass "${pass}"`;
  const without = `leave out ${option === undefined ? 'the pass' : `"${option}"`}`;
  // Pictures alone judge and calibrate; a loss and labels to train with only models of ours have.
  const [received, remedy] = context.task
    ? [
        'data that nothing is trained on',
        `Of models that are not ours, ${without}, or take the preset "accurate".`,
      ]
    : ['none', `Only models of ours have some: ${without}, or take the preset "accurate" with --data.`];
  throw new PocketlensError(
    'invalid_config',
    `Expected training data for ${what} but received ${received}.`,
    {
      remedy,
    },
  );
}

function requireFloat(pass: string, graph: Graph): void {
  const coded = graph.nodes.find(
    ({ op, params }) =>
      op === 'QuantizeDequantize' || Object.values(params).some((id) => graph.params.get(id)!.encoding),
  );
  if (!coded) return;
  throw new PocketlensError(
    'invalid_config',
    `Expected a graph in float for pass "${pass}" but received one with codes or roundings (node "${coded.id}").`,
    { remedy: 'Train before "quantize" or "cluster-weights", or train the codes by "quantize-aware".' },
  );
}
