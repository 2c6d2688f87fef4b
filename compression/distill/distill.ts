import { z } from 'zod';
import { loadGraph } from '../../models/graph/serialize.js';
import { definePass, PARENT, parentOf } from '../pass.js';
import { requireTuning, tuneGraph, tuningOptions } from '../tuning.js';
import { distillHook } from './distill-hook.js';
import { taughtOutputSchema } from './outputs.js';

const weight = z.number().min(0).default(1);
const schema = z.strictObject({
  teachers: z.array(z.string().min(1)).min(1).default([PARENT]),
  outputs: z.array(taughtOutputSchema).min(1).optional(),
  features: z
    .array(
      z.strictObject({
        student: z.string(),
        teacher: z.string(),
        of: z.int().min(0).default(0),
        weight,
      }),
    )
    .default([]),
  ...tuningOptions,
});

/**
 * Tunes the graph by teachers beside its labels; its shape stays. What is added to the model's own loss: the outputs'
 * distance from the teachers' (averaged over them), and that of its features, through a learned 1×1 projection that is
 * gone afterwards.
 *
 * Options: `teachers`: paths of trained graphs with the student's inputs and outputs, or `parent`, the default: the graph
 * that the first pass of the recipe was given. `outputs`: which are taught and how,
 * each `{kind, output 0, weight 1}`: `softmax` {temperature 4} and `sigmoid` {temperature 2} by Kullback-Leibler divergence
 * of the softened outputs, in nats (Hinton et al. 2015); `regression` by relative squared error; `ctc` {temperature 2,
 * blankWeight 0.1, blankThreshold 0.9, sequence 0} by frames, those of sure blanks counting less, and, weighted by
 * `sequence`, by the teacher's reading as the label (Takashima et al. 2018; Kim and Rush 2016). Default: what the
 * model's task names, else output 0, as `ctc` where it is a sequence, `sigmoid` where it is a map, else `softmax`. `features`: `{student, teacher, of 0, weight
 * 1}`, names of values and the teacher's number (FitNets, Romero et al. 2015). `minutes` of tuning, and `steps`,
 * `learningRate`, `freezeBatchNorm`, `awaken` for it, as in `tune`.
 *
 * Cost: the minutes; every step runs each teacher forward, too.
 */
export const distill = definePass(
  'distill',
  'Tunes the model by the outputs and features of better ones.',
  schema,
  async (graph, { teachers, outputs, features, ...tuning }, context) => {
    const loaded = [];
    for (const path of teachers) loaded.push(path === PARENT ? parentOf(context) : await loadGraph(path));
    const { seed, task } = context;
    const taught = outputs ?? task?.taughtOutputs;
    const hook = distillHook(graph, loaded, { features, seed, ...(taught && { outputs: taught }) });
    const tuned = await tuneGraph('distill', graph, { ...tuning, hooks: [hook] }, context);
    const names = loaded.map(({ name, params }) => {
      const size = [...params.values()].reduce((sum, { data }) => sum + data.length, 0);
      return `${name} (${size} values)`;
    });
    return {
      graph: tuned,
      report: {
        summary: `Tuned for ${tuning.minutes} minutes by ${names.join(', ')}.`,
        layers: features.map(({ student, teacher, weight: w }) => ({
          node: student,
          figures: { teacher, weight: w },
        })),
        skipped: [],
      },
    };
  },
  (_, context) => requireTuning('distill', context),
);
