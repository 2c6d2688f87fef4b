import { z } from 'zod';
import { expected } from '../../models/base/errors.js';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import { definePass, requireTask } from '../pass.js';
import { requireTuning, tuneGraph, tuningOptions } from '../tuning.js';
import { placesForHeads } from './heads.js';
import { meanTeacherHook } from './mean-teacher-hook.js';
import { defaultOutputs, taughtOutputSchema } from './outputs.js';
import { selfDistillHook } from './self-distill-hook.js';

const schema = z
  .strictObject({
    heads: z.union([z.int().min(0).max(16), z.array(z.string()).max(16)]).default(2),
    alpha: z.number().min(0).max(1).default(0.5),
    weight: z.number().min(0).default(0.3),
    width: z.int().min(1).optional(),
    outputs: z.array(taughtOutputSchema).min(1).optional(),
    average: z
      .strictObject({
        decay: z.number().min(0).lt(1).default(0.999),
        weight: z.number().min(0).default(1),
        rampSteps: z.int().min(0).default(200),
        noise: z.number().min(0).default(0),
      })
      .optional(),
    ...tuningOptions,
  })
  .refine(
    ({ heads, average }) => average !== undefined || (Array.isArray(heads) ? heads.length : heads) > 0,
    {
      path: ['heads'],
      message: 'expected heads, or "average": else nobody teaches',
    },
  );

/**
 * Tunes the graph by itself; its shape stays.
 *
 * Options: `heads`: how many auxiliary heads (default 2, spread evenly over the work), or the names of the values they
 * hang on; each is taught by the labels and, with the share `alpha` (default 0.5), by the deepest output, through which no
 * gradient flows back (Zhang et al. 2019, "Be your own teacher"); `weight` of each head's loss (default 0.3), `width`:
 * channels inside (default: those of the value). The heads never enter the graph. `average`: the model's moving average as
 * a teacher {decay 0.999, weight 1, rampSteps 200, noise 0: standard deviation of what is added to its input} (Tarvainen
 * and Valpola 2017). `outputs`: as in `distill`. `minutes` of tuning; `steps`, `learningRate`, `freezeBatchNorm`,
 * `awaken` for it, as in `tune`.
 *
 * Cost: the minutes; on the recognizer a step with two heads takes a third longer, with `average` a quarter.
 */
export const selfDistill = definePass(
  'self-distill',
  'Tunes the model by its own deepest output and its moving average.',
  schema,
  async (graph, { heads, alpha, weight, width, outputs, average, ...tuning }, context) => {
    const { inputShapes, taughtOutputs } = requireTask('self-distill', context);
    const shapes = inferShapes(graph);
    const taught = outputs ?? taughtOutputs ?? defaultOutputs(shapes.get(graph.outputs[0]!)!);
    for (const { output } of taught) {
      if (output >= graph.outputs.length)
        throw expected('invalid_config', `an output below ${graph.outputs.length}`, '"outputs"', output);
    }
    const places = Array.isArray(heads) ? heads : placesForHeads(graph, heads, inputShapes);
    const { seed } = context;
    const hooks = [];
    if (places.length > 0) {
      const settings = { places, outputs: taught, alpha, weight, inputShapes, seed };
      hooks.push(selfDistillHook(graph, { ...settings, ...(width !== undefined && { width }) }));
    }
    if (average) hooks.push(meanTeacherHook(graph, { ...average, outputs: taught, seed }));
    const tuned = await tuneGraph('self-distill', graph, { ...tuning, hooks }, context);
    const teachers = [
      ...(places.length > 0 ? [`its deepest output at ${places.length} heads`] : []),
      ...(average ? ['its moving average'] : []),
    ];
    return {
      graph: tuned,
      report: {
        summary: `Tuned for ${tuning.minutes} minutes by ${teachers.join(' and ')}.`,
        layers: places.map((node) => ({ node, figures: { alpha, weight } })),
        skipped: [],
      },
    };
  },
  (_, context) => requireTuning('self-distill', context),
);
