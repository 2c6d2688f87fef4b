/** The options of `prune-weights`. */
import { z } from 'zod';
import { RANKINGS } from './masks.js';
import { scheduleSchema } from './schedule.js';
import { SCORES } from './scores.js';

const sparsity = z.number().min(0).lt(1);
const positive = z.int().min(1);

const granularity = z.union([
  z.literal('weight'),
  z
    .strictObject({ keep: positive, of: z.int().min(2) })
    .refine(({ keep, of }) => keep < of, 'expected to keep fewer than there are'),
  z.strictObject({ inputs: positive, outputs: positive }),
]);

export const DEFAULT_SPARSITY = 0.8;

export const pruneWeightsSchema = z
  .strictObject({
    sparsity: sparsity.optional(),
    score: z.enum(SCORES).default('magnitude'),
    ranking: z.enum(RANKINGS).default('local'),
    granularity: granularity.default('weight'),
    schedule: scheduleSchema.default({ kind: 'one-shot' }),
    every: positive.default(50),
    edges: z.number().min(0).max(1).default(0.5),
    layers: z.record(z.string(), sparsity).default({}),
    exclude: z.array(z.string()).default([]),
    maxLayerSparsity: sparsity.default(0.99),
    gradientBatches: positive.default(8),
    minutes: z.number().min(0).default(0),
    steps: positive.optional(),
    learningRate: z.number().positive().optional(),
    freezeBatchNorm: z.boolean().optional(),
  })
  .superRefine((options, { addIssue }) => {
    const { schedule, score, minutes, ranking } = options;
    const issue = (field: string, message: string) => addIssue({ code: 'custom', path: [field], message });
    const isPattern = typeof options.granularity === 'object' && 'of' in options.granularity;
    if (isPattern && options.sparsity !== undefined)
      issue('sparsity', 'a pattern has a sparsity of its own: leave it out');
    if (isPattern && ranking !== 'local') issue('ranking', 'a pattern is the same everywhere: take "local"');
    if (schedule.kind !== 'one-shot' && minutes === 0)
      issue('minutes', `the schedule "${schedule.kind}" prunes while it trains: expected more than 0`);
    if (score === 'movement' && (schedule.kind === 'one-shot' || schedule.kind === 'regrow'))
      issue('score', 'movement is seen in training: take the schedule "cubic" or "iterative"');
    if (score === 'snip' && schedule.kind !== 'one-shot')
      issue('score', 'SNIP prunes before training: take the schedule "one-shot"');
    if (schedule.kind === 'regrow' && isPattern)
      issue('granularity', 'prune-and-regrow exchanges weights or blocks, which would break a pattern');
    if ((schedule.kind === 'cubic' || schedule.kind === 'iterative') && schedule.begin > schedule.end)
      issue('schedule', 'expected it to begin before its end');
  });
