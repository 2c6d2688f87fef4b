/** The pass `mixed-precision`. */
import { z } from 'zod';
import { expected } from '../../../models/base/errors.js';
import type { Graph, ParamId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import { foldBatchNorm } from '../../cleanup/fold-batch-norm.js';
import { teacherHook } from '../../distill/distill-hook.js';
import { storedBits } from '../../measure/bits.js';
import { definePass, type LayerNote, type PassContext, type PassResult } from '../../pass.js';
import { requireTuning } from '../../tuning.js';
import { encodeParams } from '../encode-params.js';
import { QUANTIZERS } from '../layers.js';
import {
  activationsSchema,
  bitsSchema,
  granularitySchema,
  groupSchema,
  placementSchema,
} from '../options.js';
import { type Prepared, prepare } from '../prepare.js';
import type { WeightQuantizer } from '../quantize-tensor.js';
import { GROUPS_MESSAGE, hasLength, LENGTH_MESSAGE, trainingShape } from '../training/settings.js';
import { trainQuantized } from '../training/train-quantized.js';
import { type WeightFormat, weightFormats } from '../training/weight-format.js';
import { chooseWithin, SEARCHES } from './choose-bits.js';
import { MEASURES, type ScannedLayer, scanSensitivity } from './sensitivity.js';

const schema = z
  .strictObject({
    /** Of all params as they are stored: codes, their scales, and what stays in float; before entropy coding. */
    maxBytes: z.int().min(1).optional(),
    /** Of the codes of the layers that are rounded, averaged over their weights. */
    averageBits: z.number().min(2).max(8).optional(),
    candidates: z.array(bitsSchema).min(1).default([8, 4, 2]),
    granularity: granularitySchema.default('channel'),
    group: groupSchema.default(32),
    clipping: z.enum(['none', 'mse']).default('mse'),
    activations: z.union([z.literal('none'), activationsSchema]).default('none'),
    ...placementSchema,
    /** What is measured of each layer and width: see `sensitivity.ts`. */
    measure: z.enum(MEASURES).default('output'),
    /** Calibration inputs of the measure 'output'. */
    samples: z.int().min(1).max(10_000).default(8),
    search: z.enum(SEARCHES).default('exact'),
    /** Training with the widths found. */
    training: z.strictObject(trainingShape).refine(hasLength, LENGTH_MESSAGE).optional(),
  })
  .refine(
    ({ maxBytes, averageBits }) => (maxBytes === undefined) !== (averageBits === undefined),
    'give maxBytes or averageBits, one of them',
  )
  .refine(
    ({ granularity, activations }) => granularity !== 'group' || activations === 'none',
    GROUPS_MESSAGE,
  );

export type MixedPrecisionInput = z.input<typeof schema>;
type Options = z.output<typeof schema>;

/**
 * Gives each layer the bits that it needs: a scan of how much each suffers from fewer, then the choice that hurts least
 * within a budget of bytes, the damages of layers taken to add up (Gholami et al. 2021, section IV.B; the choice as in
 * integer programming by Yao et al. 2021, HAWQ-V3).
 *
 * What it does to the graph: batch normalisation is folded; the weights of Conv, MatMul, ConvTranspose and LSTM become
 * codes, of as many bits as were chosen; with `activations` the activations are rounded as by pass "quantize". With
 * `training` it is then trained as by "quantize-aware", the widths as they are: without it, widths below 4 bits cost much.
 *
 * Options: `maxBytes` (of all params packed, without entropy coding; kept exactly) or `averageBits`; `candidates` (8, 4, 2;
 * "ternary" counts 2); `measure`: 'output' (default, squared error of the outputs on `samples` 8 calibration inputs),
 * 'quality' (points that the task's evaluation loses), 'weights' (no data); `search`: 'exact' (default, knapsack by dynamic
 * programming) or 'greedy' (most damage spared a byte); `granularity` 'channel', `group` 32, `clipping` 'mse';
 * `activations` 'none'; `skip`, `stems`, `heads` as of "quantize"; `training`: { minutes or steps, learningRate,
 * learnedStep, teacher }.
 *
 * Cost: layers × candidates runs of the samples, or evaluations; what was measured is cached for the same graph and data.
 */
export const mixedPrecision = definePass(
  'mixed-precision',
  'Gives each layer as many bits as it needs, within a budget of bytes.',
  schema,
  async (graph, options, context): Promise<PassResult> => {
    const { graph: folded, report: folding } = foldBatchNorm(graph);
    requireFloat(folded);
    const prepared = await prepare(folded, options, context);
    const { granularity, group, clipping } = options;
    const formats = weightFormats(prepared.graph, (node) =>
      prepared.take(node.id) ? { bits: 8, granularity, group, clipping } : undefined,
    );
    const widths = [...new Set(options.candidates)];
    const { measure, samples } = options;
    const scan = await scanSensitivity(folded, formats, widths, measure, samples, context);
    const chosen = choose(scan, prepared, options);
    const result = options.training
      ? await train(chosen.formats, prepared.graph, folded, options.training, context)
      : encoded(prepared, chosen.formats);
    const bytes = Math.ceil(bitsOf(result.graph) / 8);
    const weights = scan.reduce((sum, { choices }) => sum + choices[0]!.param.data.length, 0);
    const codes = chosen.formats.reduce(
      (sum, { quantizer }, i) => sum + widthOf(quantizer.bits) * scan[i]!.choices[0]!.param.data.length,
      0,
    );
    return {
      graph: validate(result.graph),
      report: {
        summary: `${scan.length} layers with ${(codes / Math.max(1, weights)).toFixed(2)} bits a weight on average; all params take ${bytes} bytes.`,
        layers: notes(scan, result.layers, measure),
        skipped: [...folding.kept, ...prepared.skipped],
      },
    };
  },
  ({ training }, context) => {
    if (training) requireTuning('mixed-precision', context, 'training');
  },
);

function requireFloat(graph: Graph): void {
  const isRounded =
    graph.nodes.some(({ op }) => QUANTIZERS.has(op)) ||
    [...graph.params.values()].some(({ encoding }) => encoding?.kind === 'affine');
  if (!isRounded) return;
  throw expected('invalid_config', 'a graph in float', 'pass "mixed-precision"', 'one that has codes', {
    remedy: 'Put it in the place of "quantize"; "quantize-aware" may follow.',
  });
}

/** The widths within the budget. @throws invalid_config where there are none */
function choose(
  scan: readonly ScannedLayer[],
  prepared: Prepared,
  { maxBytes, averageBits, search }: Options,
): { formats: WeightFormat[] } {
  const isOfBytes = maxBytes !== undefined;
  const layers = scan.map(({ choices }) =>
    choices.map(({ bits, param, damage }) => ({
      cost: isOfBytes ? storedBits(param) : widthOf(bits) * param.data.length,
      damage,
    })),
  );
  const pick = (budget: number): WeightFormat[] =>
    chooseWithin(layers, budget, search).map((at, layer) => {
      const { format, choices } = scan[layer]!;
      return { ...format, quantizer: { ...format.quantizer, bits: choices[at]!.bits } };
    });
  if (!isOfBytes) {
    const weights = scan.reduce((sum, { choices }) => sum + choices[0]!.param.data.length, 0);
    return { formats: pick(Math.floor(averageBits! * weights)) };
  }
  // What the layers' weights do not take: biases become codes too, and some may be doubled.
  let budget = 8 * maxBytes - restOf(prepared, scan);
  for (;;) {
    const formats = pick(budget);
    const over = bitsOf(encoded(prepared, formats).graph) - 8 * maxBytes;
    if (over <= 0) return { formats };
    budget -= over;
  }
}

function restOf(prepared: Prepared, scan: readonly ScannedLayer[]): number {
  const formats = scan.map(({ format }) => format);
  const { graph } = encoded(prepared, formats);
  return bitsOf(graph) - formats.reduce((sum, { param }) => sum + storedBits(graph.params.get(param)!), 0);
}

const bitsOf = (graph: Graph) =>
  [...graph.params.values()].reduce((sum, param) => sum + storedBits(param), 0);

/** Bits of a stored code. */
const widthOf = (bits: WeightQuantizer['bits']): number => (bits === 'ternary' ? 2 : bits);

function encoded(
  { graph, take }: Prepared,
  formats: readonly WeightFormat[],
): { graph: Graph; layers: LayerNote[] } {
  const byParam = new Map<ParamId, WeightFormat>(formats.map((format) => [format.param, format]));
  const formatOf = (params: Readonly<Record<string, ParamId>>) =>
    Object.values(params).flatMap((id) => byParam.get(id) ?? [])[0];
  return encodeParams(graph, {
    bits: 8,
    granularity: 'channel',
    take: ({ id, params }) => take(id) && formatOf(params) !== undefined,
    quantizerOf: ({ params }) => formatOf(params)?.quantizer,
  });
}

function train(
  formats: readonly WeightFormat[],
  graph: Graph,
  teacher: Graph,
  settings: NonNullable<Options['training']>,
  context: PassContext,
) {
  const hooks = settings.teacher ? [teacherHook(graph, teacher, context)] : [];
  return trainQuantized(graph, formats, settings, context, hooks);
}

function notes(scan: readonly ScannedLayer[], layers: readonly LayerNote[], measure: string): LayerNote[] {
  const byNode = new Map(scan.map((layer) => [layer.format.node, layer]));
  return layers.map(({ node, figures }) => {
    const scanned = byNode.get(node);
    const damages = (scanned?.choices ?? []).map(({ bits, damage }) => [
      `${measure}-damage-${bits}`,
      Number(damage.toPrecision(4)),
    ]);
    const weights = scanned && {
      weights: scanned.choices[0]!.param.data.length,
      // What the fewest bits would cost.
      sensitivity: Number(Math.max(...scanned.choices.map(({ damage }) => damage)).toPrecision(4)),
    };
    return { node, figures: { ...figures, ...weights, ...Object.fromEntries(damages) } };
  });
}
