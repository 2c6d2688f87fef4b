/** The pass `factorize`. */
import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import { costOf } from '../../models/graph/cost.js';
import type { Graph } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass, type PassContext, type PassResult, requireTask } from '../pass.js';
import { requireTuning, tuneGraph } from '../tuning.js';
import { type Candidate, choicesFor, type LayerChoices } from './candidates.js';
import { type Budget, byBudget, byEnergy, byRank, byTolerance } from './choose.js';
import { type DamageOf, damageMeasure, MEASURES } from './damage.js';
import { METHODS } from './decompose/methods.js';
import { findLayers, type Skipped } from './layers.js';
import { responseMoments } from './responses.js';
import { replaceLayers } from './rewrite.js';

const CRITERIA = ['rank', 'energy', 'tolerance', 'budget'] as const;

export const factorizeSchema = z
  .strictObject({
    /** `auto`: of svd, tucker and spatial what is best for each layer; cp only on demand. */
    method: z.enum(['auto', ...METHODS]).default('auto'),
    /**
     * What the factors are fitted to: the weights, or what the layer answers on calibration inputs, by `svd` alone. Where the
     * answers take few directions the second does much less damage at the same rank.
     */
    fit: z.enum(['weights', 'responses']).default('weights'),
    /** From 1 on: this rank in every layer; below 1: this share of the full rank. */
    rank: z.number().positive().optional(),
    /** Share of the squared norm of each weight, or of its answers, that is kept, in each mode. */
    energy: z.number().gt(0).lte(1).optional(),
    /** Largest damage that factorising one layer may do, in the unit of `measure`. */
    tolerance: z.number().positive().optional(),
    /** Of the whole graph: up to 1 a share of what it costs now, above 1 multiply-accumulates or bytes (float32). */
    budget: z
      .union([
        z.strictObject({ macs: z.number().positive() }),
        z.strictObject({ bytes: z.number().positive() }),
      ])
      .optional(),
    /** How damage is measured for `tolerance` and `budget`. Default: output where there are data, else weights. */
    measure: z.enum(MEASURES).optional(),
    /** Calibration inputs for the measure `output`. */
    samples: z.int().min(1).max(4096).default(8),
    /** Calibration inputs for `fit: 'responses'`. */
    fitSamples: z.int().min(1).max(100_000).default(64),
    /** Ranks above this are multiples of it, as vector units like them. */
    multiple: z.int().min(1).max(64).default(4),
    /** Share of a layer's weights and MACs that must be saved, or the layer stays. */
    minSaving: z.number().min(0).lt(1).default(0.1),
    /** Node ids; `*` stands for any characters. */
    include: z.array(z.string().min(1)).readonly().default(['*']),
    exclude: z.array(z.string().min(1)).readonly().default([]),
    /** Minutes of training afterwards; 0: none. */
    minutes: z.number().min(0).default(0),
    /** Peak of the tuning. Default: the task's. */
    learningRate: z.number().positive().optional(),
  })
  .refine(
    (options) => CRITERIA.filter((name) => options[name] !== undefined).length <= 1,
    `at most one of ${CRITERIA.join(', ')} may be given`,
  )
  .refine(
    ({ fit, method }) => fit === 'weights' || method === 'auto' || method === 'svd',
    'answers are fitted by the method svd alone',
  );

export type FactorizeOptions = z.output<typeof factorizeSchema>;

/**
 * Replaces convolutions and dense layers by thinner ones in a row, wherever that saves weights and arithmetic.
 *
 * - `svd`: k×k to r channels, then 1×1 (Zhang et al. 2015); for dense and 1×1 layers the truncated SVD.
 * - `tucker`: 1×1 to r₁, k×k to r₂, 1×1 (Kim et al. 2016). - `spatial`: k×1 to r, then 1×k (Jaderberg et al. 2014).
 * - `cp`: 1×1 to r, k×1 and 1×k a channel, 1×1 (Lebedev et al. 2015); minutes of computing for wide layers.
 *
 * Ranks come from exactly one of `rank`, `energy` (the default, 0.9), `tolerance` (sensitivity: each layer as thin as its
 * measured damage allows) or `budget` (all layers together, the least damage for what is saved). Bias, strides, dilations and
 * padding keep their meaning; layers with shared weights share the factors. Put it before
 * quantization and clustering and, since batch normalisation's statistics shift a little, before some tuning.
 *
 * `fit: 'responses'` takes the r directions in which the layer's answers are largest instead of the nearest weights.
 *
 * Cost: seconds for rank and energy (a million weights), and a run over the inputs where answers are fitted; for tolerance and budget a minute, and one run over the samples, or one
 * evaluation, for each candidate, of which a layer has at most 8 a method.
 */
export const factorize = definePass(
  'factorize',
  'Replaces layers by thinner ones in a row: SVD, Tucker-2, CP or spatial separation.',
  factorizeSchema,
  async (graph, options, context): Promise<PassResult> => {
    const { layers, skipped } = findLayers(graph, options, context.task?.inputShapes);
    const moments =
      options.fit === 'responses'
        ? await responseMoments(
            graph,
            layers,
            requireTask('factorize', context),
            options.fitSamples,
            context.signal,
          )
        : undefined;
    const choices = layers.map((layer) => choicesFor(layer, options.method, moments?.get(layer.weight)));
    const chosen = await choose(graph, choices, options, context);
    const kept = choices.filter(({ layer }) => !chosen.some((one) => one.layer === layer));
    const replaced = replaceLayers(
      graph,
      chosen.map(({ layer, factorization }) => ({ layer, factors: factorization.layers })),
    );
    const { minutes, learningRate } = options;
    const result =
      minutes > 0 && chosen.length > 0
        ? await tuneGraph('factorize', replaced, { minutes, learningRate }, context)
        : replaced;
    return {
      graph: validate(result),
      report: report(choices, chosen, [...skipped, ...stayed(kept, options)]),
    };
  },
  ({ minutes, fit }, context) => {
    if (minutes > 0) requireTuning('factorize', context, 'minutes');
    if (fit === 'responses') requireTask('factorize', context);
  },
);

async function choose(
  graph: Graph,
  choices: readonly LayerChoices[],
  options: FactorizeOptions,
  context: PassContext,
): Promise<Candidate[]> {
  const { rank, energy, tolerance, budget } = options;
  const note = (layer: LayerChoices, i: number) => {
    throwIfAborted(context.signal);
    context.note?.(`layer ${i + 1} of ${choices.length}: ${layer.layer.nodes[0]!.id}`);
  };
  if (tolerance === undefined && budget === undefined) {
    return choices.flatMap((layer, i) => {
      note(layer, i);
      return (
        (rank === undefined ? byEnergy(layer, energy ?? 0.9, options) : byRank(layer, rank, options)) ?? []
      );
    });
  }
  const measure = options.measure ?? (context.task ? 'output' : 'weights');
  const measured = await damageMeasure(graph, measure, options.samples, context);
  const damageOf: DamageOf = async (candidate) => {
    throwIfAborted(context.signal);
    const damage = await measured(candidate);
    const { layer, method, ranks } = candidate;
    context.note?.(
      `${layer.nodes[0]!.id} by ${method} to ${ranks.join('×')}: damage ${damage.toPrecision(3)}`,
    );
    return damage;
  };
  if (budget) return byBudget(choices, budgetOf(graph, choices, budget, context), options, damageOf);
  const chosen: Candidate[] = [];
  for (const [i, layer] of choices.entries()) {
    note(layer, i);
    const one = await byTolerance(layer, tolerance!, options, damageOf);
    if (one) chosen.push(one);
  }
  return chosen;
}

/** What is left of the graph's budget for the layers that can be factorised. */
function budgetOf(
  graph: Graph,
  choices: readonly LayerChoices[],
  budget: NonNullable<FactorizeOptions['budget']>,
  context: PassContext,
): Budget {
  const sum = (of: 'macs' | 'weights') => choices.reduce((all, layer) => all + layer[of], 0);
  if ('macs' in budget) {
    const { macs } = costOf(graph, requireTask('factorize', context).inputShapes);
    const most = budget.macs > 1 ? budget.macs : budget.macs * macs;
    return { of: 'macs', most: most - (macs - sum('macs')) };
  }
  const weights = [...graph.params.values()].reduce((all, { data }) => all + data.length, 0);
  const most = budget.bytes > 1 ? budget.bytes / 4 : budget.bytes * weights;
  return { of: 'weights', most: most - (weights - sum('weights')) };
}

function stayed(
  kept: readonly LayerChoices[],
  { minSaving, tolerance, budget }: FactorizeOptions,
): Skipped[] {
  const reason = budget
    ? 'the budget is met without it, or it would not save enough'
    : `no ${tolerance === undefined ? 'rank asked for' : 'tolerable rank'} saves ${Math.round(100 * minSaving)} % of its weights and arithmetic`;
  return kept.flatMap(({ layer }) => layer.nodes.map(({ id }) => ({ node: id, reason })));
}

function report(
  choices: readonly LayerChoices[],
  chosen: readonly Candidate[],
  skipped: readonly Skipped[],
): PassResult['report'] {
  const total = (
    list: readonly { readonly macs: number; readonly weights: number }[],
    of: 'macs' | 'weights',
  ) => list.reduce((sum, one) => sum + one[of], 0);
  const before = chosen.map(({ layer }) => choices.find((one) => one.layer === layer)!);
  const percent = (of: 'macs' | 'weights') =>
    `${Math.round((100 * total(chosen, of)) / Math.max(1, total(before, of)))} %`;
  const layers = chosen.flatMap((one, i) =>
    one.layer.nodes.map(({ id }) => ({
      node: id,
      figures: {
        method: one.method,
        ranks: one.ranks.join('×'),
        relativeError: one.factorization.error,
        weightsBefore: before[i]!.weights,
        weightsAfter: one.weights,
        macsBefore: before[i]!.macs,
        macsAfter: one.macs,
      },
    })),
  );
  const summary =
    chosen.length === 0
      ? 'No layer was factorised.'
      : `Factorised ${layers.length} layers to ${percent('weights')} of their weights and ${percent('macs')} of their multiply-accumulates.`;
  return { summary, layers, skipped };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PocketlensError('interrupted', 'Expected to go on but was interrupted.');
}
