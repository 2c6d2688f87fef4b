import { z } from 'zod';
import { definePass } from '../pass.js';
import { requireTuning, tuneGraph, tuningOptions } from '../tuning.js';

/**
 * Trains on with the model's own loss and data, and nothing else: what mends a graph after passes that do not tune by
 * themselves, and what the other passes of this folder must beat at equal time.
 *
 * Options: `minutes` of tuning; `steps`, `learningRate` (default: the task's), `freezeBatchNorm`, `awaken` for it: with
 * `awaken`, channels that never fire begin anew first, which costs some hundred steps. Cost: the minutes.
 */
export const tune = definePass(
  'tune',
  "Trains on with the model's own loss.",
  z.strictObject(tuningOptions),
  async (graph, options, context) => ({
    graph: await tuneGraph('tune', graph, options, context),
    report: { summary: `Tuned for ${options.minutes} minutes.`, layers: [], skipped: [] },
  }),
  (_, context) => requireTuning('tune', context),
);
