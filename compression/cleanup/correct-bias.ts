import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Node, Param, ValueId } from '../../models/graph/ir.js';
import { loadGraph } from '../../models/graph/serialize.js';
import { validate } from '../../models/graph/validate.js';
import {
  definePass,
  type Feeds,
  PARENT,
  type PassContext,
  type PassResult,
  parentOf,
  requireTask,
} from '../pass.js';
import { collectStatistics } from '../quantize/collect-statistics.js';
import { foldedLike } from './fold-batch-norm.js';
import { GraphEdit, withoutDead } from './graph-edit.js';
import { canScale, encodedAs, scaleWeight } from './scale-channels.js';
import { outputCount, WEIGHTED } from './weight-axes.js';

/**
 * Empirical bias correction (Nagel et al. 2019, section 4.2 and appendix D; Finkelstein et al. 2019): rounded weights shift
 * the mean of a layer's outputs; layer by layer, those before already corrected, the bias takes back the difference from
 * the float graph's mean on calibration inputs. Unlike the correction inside `quantize`, which works from means of the
 * float graph, it sees padding and what earlier layers' rounding did. A bias in 32-bit codes stays so.
 *
 * With `deviations` each channel's standard deviation is brought back too, by a factor on its weights (on their scales,
 * where they are in codes; Banner et al. 2019 do so from the weights alone). Few bits shrink what a layer answers; means that
 * are put right on shrunken answers can be worse than none: on the recognizer in 4 bits they made every frame a blank.
 * Layers whose weights have one scale in all, a codebook, or are shared keep them, and are corrected in the mean.
 *
 * Options: `reference`: the float graph that the weights were rounded from, a path, or "parent" (default): the graph that the
 * first pass began with (its batch normalisations are folded where this graph's are); `samples`: calibration inputs, default
 * 32; `deviations`, default true. Needs data. Cost: a run of the graph up to each layer for each input.
 */
export const correctBias = definePass(
  'correct-bias',
  'Takes back the shift and the shrinking of the layers’ outputs that rounded weights cause.',
  z.strictObject({
    reference: z.string().min(1).default(PARENT),
    samples: z.int().min(1).default(32),
    deviations: z.boolean().default(true),
  }),
  async (graph, { reference, samples, deviations }, context) => {
    const task = requireTask('correct-bias', context);
    const feeds = await task.calibration(samples);
    const float = reference === PARENT ? parentOf(context) : await loadGraph(reference);
    return correctBiasBy(graph, float, feeds, { deviations }, context);
  },
  (_, context) => {
    requireTask('correct-bias', context);
  },
);

/** @param reference the float graph. @throws invalid_config where no layer of it is in the graph */
export async function correctBiasBy(
  graph: Graph,
  reference: Graph,
  feeds: readonly Feeds[],
  { deviations = true }: { readonly deviations?: boolean } = {},
  context: Pick<PassContext, 'signal'> = {},
): Promise<PassResult> {
  const float = foldedLike(validate(reference), graph);
  const known = new Map(float.nodes.map((node) => [node.id, node]));
  const edit = new GraphEdit(validate(graph));
  const skipped: { node: string; reason: string }[] = [];
  const targets = edit.nodes.filter((node) => {
    if (!WEIGHTED.has(node.op) || node.params.weight === undefined) return false;
    const reason = whyNot(node, edit, known.get(node.id), float);
    if (reason) skipped.push({ node: node.id, reason });
    return !reason;
  });
  if (targets.length === 0) {
    throw new PocketlensError(
      'invalid_config',
      'Expected layers of the reference in the graph but found none.',
      {
        remedy: 'Give the float graph that this one was made from, by "reference".',
      },
    );
  }
  const wanted = await momentsOf(
    float,
    targets.map(({ id }) => known.get(id)!.outputs[0]!),
    feeds,
    context,
  );
  const layers = [];
  for (const { id } of targets) {
    const node = edit.nodes.find((other) => other.id === id)!;
    const value = node.outputs[0]!;
    const upToHere = withoutDead(edit.graph, [value]).graph;
    const now = (await momentsOf(upToHere, [value], feeds, context)).get(value)!;
    const aim = wanted.get(known.get(id)!.outputs[0]!)!;
    const factors = deviations && canScale(edit, node) ? aim.deviations.map(factorTo(now)) : undefined;
    if (factors) scaleWeight(edit, node, factors);
    const shifts = moveBias(edit, node, aim, now, factors);
    const largestShift = shifts.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
    layers.push({
      node: id,
      figures: {
        largestShift: Number(largestShift.toPrecision(4)),
        ...(factors && { medianFactor: Number(median(factors).toPrecision(4)) }),
      },
    });
  }
  return {
    graph: edit.finish(),
    report: {
      summary: `Corrected the biases of ${layers.length} layers by ${feeds.length} inputs.`,
      layers,
      skipped,
    },
  };
}

function whyNot(node: Node, edit: GraphEdit, twin: Node | undefined, float: Graph): string | undefined {
  if (twin?.op !== node.op || twin.params.weight === undefined) return 'the reference has no such layer';
  const channels = outputCount(node, edit.params.get(node.params.weight!)!.shape);
  const wanted = outputCount(twin, float.params.get(twin.params.weight)!.shape);
  // Which of the reference's channels they are is not known.
  if (channels !== wanted) return `it has ${channels} of the reference's ${wanted} channels`;
  const bias = node.params.bias;
  return bias !== undefined && edit.usersOf(bias).length > 1 ? 'it shares its bias' : undefined;
}

/** Of every channel of a value, over all feeds. */
interface Moments {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

async function momentsOf(
  graph: Graph,
  values: readonly ValueId[],
  feeds: readonly Feeds[],
  { signal }: Pick<PassContext, 'signal'>,
): Promise<Map<ValueId, Moments>> {
  const found = await collectStatistics(graph, feeds, values, {
    channels: values,
    ...(signal && { signal }),
  });
  return new Map(
    [...found].map(([id, { channelMeans, channelDeviations }]) => [
      id,
      { means: channelMeans!, deviations: channelDeviations! },
    ]),
  );
}

/** A channel is not made larger or smaller than this: what little moves in the calibration inputs says little. */
const MOST = 1.5;

function factorTo(now: Moments): (aim: number, channel: number) => number {
  return (aim, c) => {
    const factor = aim / now.deviations[c]!;
    return Number.isFinite(factor) ? Math.min(MOST, Math.max(1 / MOST, factor)) : 1;
  };
}

/** Brings the means to their aim. @returns by how much they were off. */
function moveBias(
  edit: GraphEdit,
  node: Node,
  aim: Moments,
  now: Moments,
  factors: Float64Array | undefined,
): Float64Array {
  const weight = edit.params.get(node.params.weight!)!;
  const id = node.params.bias ?? edit.freshParam(`${node.id}/bias`);
  const old: Param = edit.params.get(id) ?? {
    shape: [outputCount(node, weight.shape)],
    data: new Float32Array(outputCount(node, weight.shape)),
    trainable: weight.trainable,
  };
  // What the weights answer is the value without its bias; a factor on the weights scales no more than that.
  const exact = Float32Array.from(
    old.data,
    (b, c) => aim.means[c]! - (factors?.[c] ?? 1) * (now.means[c]! - b),
  );
  edit.params.set(id, encodedAs(old, exact, factors));
  edit.replace({ ...node, params: { ...node.params, bias: id } });
  return aim.means.map((mean, c) => mean - now.means[c]!);
}

function median(values: Float64Array): number {
  return values.slice().sort()[values.length >> 1]!;
}
