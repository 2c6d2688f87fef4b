/** Wrap, tune, strip: a graph goes in with the formats of its weights, and comes out as codes. */
import type { Graph, Param, ParamId } from '../../../models/graph/ir.js';
import { validate } from '../../../models/graph/validate.js';
import type { Hook } from '../../../models/training/hooks.js';
import type { LayerNote, PassContext } from '../../pass.js';
import { tuneGraph } from '../../tuning.js';
import { encodeParams } from '../encode-params.js';
import { scaleShapeOf, signalToNoise, symmetricRange } from '../quantize-tensor.js';
import { gridScales } from './grid-scales.js';
import { quantizeAwareHook } from './quantize-aware-hook.js';
import type { TrainingSettings } from './settings.js';
import type { WeightFormat } from './weight-format.js';

/** A session that only its steps end. */
const A_DAY = 24 * 60;

/**
 * @param graph with its activations rounded, where they are to be; its weights in float or as codes
 * @param hooks further ones of the session
 * @throws invalid_config where there is no training data
 */
export async function trainQuantized(
  graph: Graph,
  formats: readonly WeightFormat[],
  settings: TrainingSettings,
  context: PassContext,
  hooks: readonly Hook[] = [],
): Promise<{ graph: Graph; layers: LayerNote[] }> {
  const { minutes, steps, learningRate, learnedStep } = settings;
  const hook = quantizeAwareHook(graph, formats, { learnedStep });
  const tuned = await tuneGraph(
    'quantize-aware',
    withoutCodes(graph, formats),
    {
      minutes: minutes ?? A_DAY,
      steps,
      learningRate,
      freezeBatchNorm: true,
      hooks: [hook, ...hooks],
      ownZeros: formats.map(({ param }) => param),
      ownCodes: true,
    },
    context,
  );
  return stripped(tuned, graph, formats);
}

/** Codes that training moves are plain numbers meanwhile: weights with a format, and the biases of their nodes. */
function withoutCodes(graph: Graph, formats: readonly WeightFormat[]): Graph {
  const trained = new Set<ParamId>(formats.map(({ param }) => param));
  for (const { params: roles } of graph.nodes)
    if (Object.values(roles).some((id) => trained.has(id)) && roles.bias) trained.add(roles.bias);
  const params = new Map<ParamId, Param>();
  for (const [id, param] of graph.params) {
    const { encoding: _, ...plain } = param;
    params.set(id, trained.has(id) ? plain : param);
  }
  return { ...graph, params };
}

/** The weights that training left are whole multiples of their steps: their codes are those, and exact. */
function stripped(
  tuned: Graph,
  before: Graph,
  formats: readonly WeightFormat[],
): { graph: Graph; layers: LayerNote[] } {
  const byParam = new Map(formats.map((format) => [format.param, format]));
  const formatOf = new Map(formats.map((format) => [format.node, format]));
  const taken = new Set(
    tuned.nodes
      .filter(({ params }) => Object.values(params).some((id) => byParam.has(id)))
      .map(({ id }) => id),
  );
  const { graph, layers } = encodeParams(tuned, {
    bits: 8,
    granularity: 'channel',
    take: ({ id }) => taken.has(id),
    quantizerOf: ({ params }) => Object.values(params).flatMap((id) => byParam.get(id)?.quantizer ?? [])[0],
    scalesOf: (id) => {
      const { axes, quantizer } = byParam.get(id)!;
      const { data, shape } = tuned.params.get(id)!;
      const { bits } = quantizer;
      const range = bits === 'ternary' ? ([-1, 1] as const) : symmetricRange(bits);
      return gridScales(data, shape, scaleShapeOf(shape, axes, quantizer), range);
    },
  });
  return {
    graph: validate(graph),
    layers: layers.map(({ node, figures }) => {
      const param = formatOf.get(node)?.param;
      if (param === undefined) return { node, figures };
      const ratio = signalToNoise(before.params.get(param)!.data, graph.params.get(param)!.data);
      return { node, figures: { ...figures, weightSnrDb: Number.isFinite(ratio) ? round(ratio) : 'exact' } };
    }),
  };
}

const round = (value: number) => Math.round(value * 10) / 10;
