/** The quantization pass. */
import { z } from 'zod';
import { expected } from '../../models/base/errors.js';
import type { Graph, ValueId } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import { definePass, type PassContext, type PassResult, requireTask } from '../pass.js';
import type { ValueStatistics } from './collect-statistics.js';
import { insertDynamicRoundings } from './dynamic.js';
import { encodeParams } from './encode-params.js';
import { isIntegerProduct, QUANTIZERS } from './layers.js';
import { activationsSchema, placementSchema, weightsSchema } from './options.js';
import { matching, placeRoundings, takenNodes } from './placement.js';
import { prepareWeights } from './prepare.js';
import { roundActivations, statisticsOf } from './round-activations.js';

const schema = z
  .strictObject({
    weights: weightsSchema.prefault({}),
    activations: z.union([z.enum(['none', 'dynamic']), activationsSchema]).prefault({}),
    ...placementSchema,
    /** Biases make up for the mean error that the rounding of the weights makes. */
    biasCorrection: z.boolean().default(false),
  })
  .refine(
    ({ weights, activations }) =>
      activations === 'none' || (weights.symmetric && weights.granularity !== 'group'),
    'integer kernels take symmetric weights, per tensor or channel: set activations to "none" or the weights so',
  );

export type QuantizeOptions = z.output<typeof schema>;
export type QuantizeInput = z.input<typeof schema>;

/**
 * Post-training quantization (Gholami et al. 2021; Jacob et al. 2018; Nagel et al. 2021, "A white paper on neural network
 * quantization").
 *
 * What it does to the graph: weights of Conv, MatMul, ConvTranspose and LSTM become codes of few bits (`Param.encoding`;
 * `data` is what they decode to). With rounded activations every value that an integer kernel takes or gives passes a
 * QuantizeDequantize, one scale a value, and biases become 32-bit codes; rectifiers go in before the rounding, operators
 * that only move values keep their input's scale. Exported to ONNX it runs on integer kernels.
 *
 * Options: `weights` (default 8 bits, symmetric, a scale each channel, the whole range); `activations`: { bits 8, unsigned,
 * 64 samples, calibrator 'min-max' … }, 'none' (weights alone: a smaller file, no faster), 'dynamic' (ranges are taken of
 * every input of a matrix product at run time: no calibration data; convolutions stay in float); `skip`; `stems`; `heads`;
 * `biasCorrection`. With 7-bit weights the
 * products of unsigned activations cannot overflow on x86 processors without VNNI; with it, as on ARM, 8 bits are exact.
 *
 * Cost: one run of the float graph a calibration input; no training. Fold batch normalisation first.
 */
export const quantize = definePass(
  'quantize',
  'Rounds weights, and activations, to few bits.',
  schema,
  async (graph, options, context): Promise<PassResult> => {
    if (graph.nodes.some(({ op }) => QUANTIZERS.has(op))) {
      throw expected(
        'invalid_config',
        'a graph whose activations are not rounded yet',
        'pass "quantize"',
        'one that has them',
        {
          remedy: 'Quantize once, at the end of the recipe.',
        },
      );
    }
    const { activations } = options;
    if (activations === 'none') return weightsOnly(graph, options, context);
    const placement = placeRoundings(graph, options);
    const take = takenNodes(graph, matching(graph, options.skip), placement.skipped);
    if (activations === 'dynamic') {
      const found = options.biasCorrection
        ? await statisticsOf(graph, [], 64, context, means(graph, options))
        : undefined;
      const dynamic = insertDynamicRoundings(graph, placement);
      return finish(dynamic.graph, options, take, dynamic.skipped, found);
    }
    const { rounded, found } = await roundActivations(
      graph,
      placement,
      activations,
      context,
      means(graph, options),
    );
    return finish(rounded, options, take, placement.skipped, options.biasCorrection ? found : undefined);
  },
  ({ activations, biasCorrection }, context) => {
    if (typeof activations === 'object' || biasCorrection) requireTask('quantize', context);
  },
);

async function weightsOnly(
  graph: Graph,
  options: QuantizeOptions,
  context: PassContext,
): Promise<PassResult> {
  const { take, skipped } = prepareWeights(graph, options.skip);
  const found = options.biasCorrection
    ? await statisticsOf(graph, [], 64, context, means(graph, options))
    : undefined;
  return finish(graph, options, take, skipped, found);
}

/** What goes into the weighted layers, for the correction of biases. */
function means(graph: Graph, { biasCorrection }: QuantizeOptions): ValueId[] {
  return biasCorrection ? graph.nodes.filter(isIntegerProduct).map(({ inputs }) => inputs[0]!) : [];
}

function finish(
  graph: Graph,
  options: QuantizeOptions,
  take: (node: string) => boolean,
  skipped: PassResult['report']['skipped'],
  found: ReadonlyMap<ValueId, ValueStatistics> | undefined,
): PassResult {
  // What the rounding of a graph's input is called stands for the input.
  const ownOf = (id: ValueId) => found?.get(id) ?? found?.get(id.replace(/\/rounded$/, ''));
  const { graph: encoded, layers } = encodeParams(graph, {
    ...options.weights,
    take: (node) => take(node.id),
    ...(found ? { channelMeans: (id: ValueId) => ownOf(id)?.channelMeans } : {}),
  });
  const { weights, activations } = options;
  const what = weights.bits === 'ternary' ? 'ternary' : `${weights.bits}-bit`;
  const how =
    activations === 'none'
      ? 'activations stay in float'
      : activations === 'dynamic'
        ? 'activations to 8 bits at run time'
        : `activations to ${activations.bits} bits (${activations.calibrator})`;
  return {
    graph: validate(encoded),
    report: {
      summary: `${layers.length} layers with ${what} weights; ${how}; ${skipped.length} nodes left in float.`,
      layers,
      skipped,
    },
  };
}
