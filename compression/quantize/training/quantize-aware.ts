/** The pass `quantize-aware`. */
import { z } from 'zod';
import { expected } from '../../../models/base/errors.js';
import type { Graph, Node } from '../../../models/graph/ir.js';
import { foldBatchNorm } from '../../cleanup/fold-batch-norm.js';
import { teacherHook } from '../../distill/distill-hook.js';
import { definePass, type PassResult } from '../../pass.js';
import { requireTuning } from '../../tuning.js';
import { QUANTIZERS, weightRoles } from '../layers.js';
import {
  activationsSchema,
  bitsSchema,
  granularitySchema,
  groupSchema,
  placementSchema,
} from '../options.js';
import { matching } from '../placement.js';
import { prepare, prepareWeights } from '../prepare.js';
import type { WeightQuantizer } from '../quantize-tensor.js';
import { GROUPS_MESSAGE, hasLength, LENGTH_MESSAGE, trainingShape } from './settings.js';
import { trainQuantized } from './train-quantized.js';
import { weightFormats } from './weight-format.js';

const schema = z
  .strictObject({
    weights: z
      .strictObject({
        bits: bitsSchema.default(8),
        granularity: granularitySchema.default('channel'),
        group: groupSchema.default(32),
        /** How the steps are found, at first or always: the whole range, or where the squared error is least. */
        clipping: z.enum(['none', 'mse']).default('mse'),
      })
      .prefault({}),
    /** Default: 8 bits; of a graph that has codes already: as it is. */
    activations: z.union([z.literal('none'), activationsSchema]).optional(),
    /** Pattern of node ids → bits of their weights. */
    layers: z.record(z.string().min(1), bitsSchema).default({}),
    ...placementSchema,
    ...trainingShape,
  })
  .refine(hasLength, LENGTH_MESSAGE)
  .refine(
    ({ weights, activations }) => weights.granularity !== 'group' || activations === 'none',
    GROUPS_MESSAGE,
  );

export type QuantizeAwareInput = z.input<typeof schema>;
type Options = z.output<typeof schema>;

/**
 * Trains the graph with its weights and activations rounded, and rounds them for good (Jacob et al. 2018; straight-through
 * estimator: Bengio et al. 2013; learned step size: Esser et al. 2020; ternary: Li and Liu 2016, Zhu et al. 2017).
 *
 * What it does to the graph: batch normalisation is folded where it can be (what stays has its statistics frozen). On a
 * float graph roundings of activations go in as pass "quantize" puts them, from calibration inputs; weights are trained as
 * symmetric codes, and are encoded in the end. A graph that "quantize", "set-bits" or "mixed-precision" made is trained on
 * with the bits it has. Pruned weights stay 0 where they come in float, codebooks as they are. 8, 4, 2 bits, or any other, and
 * ternary: where 4 bits and fewer lose too much after training, this brings most of it back.
 *
 * Options: `minutes` or `steps` of training; `weights`: { bits 8 (or 2 to 7, "ternary"), granularity 'channel', group 32,
 * clipping 'mse' }; `layers`: pattern of node ids → bits; `activations`: as of "quantize", or 'none'; `learnedStep` (true):
 * step sizes are trained, else those of weights are found anew every 50 steps; `teacher` (false): the graph as it comes in
 * teaches, too; `learningRate`: default the task's for tuning; `skip`, `stems`, `heads` as of "quantize".
 *
 * The first layer is few weights and much of the damage: `layers` may give it 8 bits.
 *
 * Cost: the minutes; a step takes hardly longer with weights alone, by a third longer with activations (recognizer).
 */
export const quantizeAware = definePass(
  'quantize-aware',
  'Trains with weights and activations rounded to few bits.',
  schema,
  async (graph, options, context): Promise<PassResult> => {
    const { graph: folded, report: folding } = foldBatchNorm(graph);
    const hasCodes = folded.nodes.some((node) => isEncoded(folded, node));
    const hasRoundings = folded.nodes.some(({ op }) => QUANTIZERS.has(op));
    const activations = options.activations ?? (hasCodes ? 'none' : activationsSchema.parse({}));
    requireOneRounding(options, hasRoundings);
    const prepared =
      hasRoundings || activations === 'none'
        ? prepareWeights(folded, options.skip)
        : await prepare(folded, { ...options, activations }, context);
    const bitsOf = layerBits(folded, options.layers);
    const formats = weightFormats(prepared.graph, (node) => {
      const isMeant = prepared.take(node.id) && (!hasCodes || bitsOf.has(node.id));
      return isMeant ? { ...options.weights, bits: bitsOf.get(node.id) ?? options.weights.bits } : undefined;
    }).map((format) => {
      const bits = bitsOf.get(format.node);
      return bits === undefined ? format : { ...format, quantizer: { ...format.quantizer, bits } };
    });
    requireKernels(prepared.graph, formats);
    const hooks = options.teacher ? [teacherHook(prepared.graph, folded, context)] : [];
    const { graph: result, layers } = await trainQuantized(prepared.graph, formats, options, context, hooks);
    const trained = new Set(layers.map(({ node }) => node));
    return {
      graph: result,
      report: {
        summary: `${layers.length} layers trained with weights of ${bitsText(formats.map(({ quantizer }) => quantizer.bits))}${
          hasRoundings || activations !== 'none' ? ' and rounded activations' : ''
        }${folding.folded.length > 0 ? `; ${folding.folded.length} normalisations folded` : ''}.`,
        layers,
        skipped: [...folding.kept, ...prepared.skipped.filter(({ node }) => !trained.has(node))],
      },
    };
  },
  (_, context) => requireTuning('quantize-aware', context),
);

function isEncoded(graph: Graph, node: Node): boolean {
  return weightRoles(node).some(
    ([role]) => graph.params.get(node.params[role]!)!.encoding?.kind === 'affine',
  );
}

function requireOneRounding({ activations }: Options, hasRoundings: boolean): void {
  if (!hasRoundings || activations === undefined || activations === 'none') return;
  throw expected(
    'invalid_config',
    'no "activations" for a graph that has them rounded',
    'pass "quantize-aware"',
    'some',
    { remedy: 'Leave "activations" out: those that are there are trained.' },
  );
}

/** Groups of input channels have no scale that a sum of integers could have. */
function requireKernels(
  graph: Graph,
  formats: readonly { node: string; quantizer: WeightQuantizer }[],
): void {
  if (!graph.nodes.some(({ op }) => op === 'QuantizeDequantize')) return;
  const grouped = formats.find(({ quantizer }) => quantizer.granularity === 'group');
  if (!grouped) return;
  throw expected(
    'invalid_config',
    'weights per tensor or channel beside rounded activations',
    grouped.node,
    'groups',
    {
      remedy: 'Set activations to "none", or begin with weights per channel.',
    },
  );
}

function layerBits(graph: Graph, layers: Options['layers']): Map<string, WeightQuantizer['bits']> {
  const bits = new Map<string, WeightQuantizer['bits']>();
  for (const [pattern, wanted] of Object.entries(layers))
    for (const id of matching(graph, [pattern])) bits.set(id, wanted);
  return bits;
}

/** "4 bits", "2, 4 and 8 bits". */
export function bitsText(all: readonly WeightQuantizer['bits'][]): string {
  const names = [...new Set(all)]
    .map((bits) => (bits === 'ternary' ? 'three values' : `${bits} bits`))
    .sort();
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? 'no bits');
}
