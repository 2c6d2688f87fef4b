/** Options of the pass `prune-channels`. */
import { z } from 'zod';
import { NORMALIZATIONS, REDUCTIONS, SCORES } from './channels/scores.js';

const share = z.number().gt(0).lt(1);

const targetSchema = z
  .strictObject({
    /** `macs` of one run; `bytes` of all weights as float32; `milliseconds` of one run in ONNX Runtime on one thread, measured. */
    of: z.enum(['macs', 'bytes', 'milliseconds']),
    /** Share of what the graph costs now. */
    keep: share.optional(),
    /** In the target's own unit. */
    most: z.number().positive().optional(),
  })
  .refine(
    ({ keep, most }) => (keep === undefined) !== (most === undefined),
    'exactly one of keep and most must be given',
  );

export const pruneChannelsSchema = z
  .strictObject({
    score: z.enum(SCORES).default('l2'),
    reduction: z.enum(REDUCTIONS).default('mean'),
    normalization: z.enum(NORMALIZATIONS).default('layer'),
    /**
     * Scores are divided by what a unit costs in the target's measure, macs or bytes: what brings little for much goes first.
     */
    perCost: z.boolean().default(false),
    scope: z.enum(['uniform', 'global']).default('global'),
    /** Share of channels to remove. Removing p of them removes about 1 − (1 − p)² of weights and MACs. */
    ratio: share.optional(),
    target: targetSchema.optional(),
    /** Channels left are a multiple of this; 1: any number. Only multiples of 16 make float convolutions faster on AVX-512. */
    roundTo: z.int().min(1).default(8),
    /** Fewest channels left in a layer. */
    minChannels: z.int().min(1).default(8),
    /** Largest share of a layer's channels that may go, all rounds together. */
    maxRatio: share.default(0.8),
    /** Node ids (`*`: any characters) of which no param may change. */
    ignore: z.array(z.string().min(1)).readonly().default([]),
    /**
     * Calibration inputs by which the weights that are left are fitted to what the layers gave before, in each round; 0: they
     * stay as they are.
     */
    reconstruct: z.int().min(0).max(4096).default(0),
    /** Rounds of pruning on the way to the goal, each followed by its part of the tuning. */
    steps: z.int().min(1).max(100).default(1),
    /** Minutes of tuning, all rounds together; 0: none. */
    minutes: z.number().min(0).default(0),
    learningRate: z.number().positive().optional(),
    /** Batches that gradients are averaged over, for `taylor`. */
    batches: z.int().min(1).default(16),
    /** Training with a penalty on batch-norm scales before the first round. */
    slimming: z
      .strictObject({ strength: z.number().positive().default(1e-4), minutes: z.number().positive() })
      .optional(),
  })
  .refine(
    ({ ratio, target }) => (ratio === undefined) !== (target === undefined),
    'exactly one of ratio and target must be given',
  )
  .refine(
    ({ perCost, target }) => !perCost || (target !== undefined && target.of !== 'milliseconds'),
    'perCost needs a target of macs or bytes',
  );

export type PruneChannelsOptions = z.output<typeof pruneChannelsSchema>;
export type PruneTarget = z.output<typeof targetSchema>;
