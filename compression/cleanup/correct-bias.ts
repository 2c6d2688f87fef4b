import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import { codeRange, decodeCodes } from '../../models/graph/encoding.js';
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
import { outputCount, WEIGHTED } from './weight-axes.js';

/**
 * Empirical bias correction (Nagel et al. 2019, section 4.2 and appendix D; Finkelstein et al. 2019): rounded weights shift
 * the mean of a layer's outputs; layer by layer, those before already corrected, the bias takes back the difference from
 * the float graph's mean on calibration inputs. Unlike the correction inside `quantize`, which works from means of the
 * float graph, it sees padding and what earlier layers' rounding did. Only biases change; a bias in 32-bit codes stays so.
 *
 * Options: `reference`: the float graph that the weights were rounded from, a path, or "parent" (default): the graph that the
 * first pass began with (its batch normalisations are folded where this graph's are); `samples`: calibration inputs, default
 * 32. Needs data. Cost: a run of the graph up to each layer for each input.
 */
export const correctBias = definePass(
  'correct-bias',
  'Takes back the shift of the layers’ means that rounded weights cause.',
  z.strictObject({ reference: z.string().min(1).default(PARENT), samples: z.int().min(1).default(32) }),
  async (graph, { reference, samples }, context) => {
    const task = requireTask('correct-bias', context);
    const feeds = await task.calibration(samples);
    const float = reference === PARENT ? parentOf(context) : await loadGraph(reference);
    return correctBiasBy(graph, float, feeds, context);
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
  context: Pick<PassContext, 'note' | 'signal'> = {},
): Promise<PassResult> {
  const float = foldedLike(validate(reference), graph);
  const known = new Map(float.nodes.map((node) => [node.id, node]));
  const edit = new GraphEdit(validate(graph));
  const skipped: { node: string; reason: string }[] = [];
  const targets = edit.nodes.filter((node) => {
    if (!WEIGHTED.has(node.op) || node.params.weight === undefined) return false;
    const reason = whyNot(node, edit, known.get(node.id));
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
  const wanted = await means(
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
    const now = (await means(upToHere, [value], feeds, context)).get(value)!;
    const difference = wanted.get(known.get(id)!.outputs[0]!)!.map((mean, c) => mean - now[c]!);
    addToBias(edit, node, difference);
    const largest = difference.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
    layers.push({ node: id, figures: { largestShift: Number(largest.toPrecision(4)) } });
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

function whyNot(node: Node, edit: GraphEdit, twin: Node | undefined): string | undefined {
  if (twin?.op !== node.op) return 'the reference has no such layer';
  const sizes = [node, twin].map(({ outputs }) => outputs.length);
  if (sizes[0] !== sizes[1]) return 'the reference has another layer of that name';
  const bias = node.params.bias;
  return bias !== undefined && edit.usersOf(bias).length > 1 ? 'it shares its bias' : undefined;
}

/** Mean of every channel of the values over all feeds. */
async function means(
  graph: Graph,
  values: readonly ValueId[],
  feeds: readonly Feeds[],
  { signal }: Pick<PassContext, 'note' | 'signal'>,
): Promise<Map<ValueId, Float64Array>> {
  const found = await collectStatistics(graph, feeds, values, { means: values, ...(signal && { signal }) });
  return new Map([...found].map(([id, { channelMeans }]) => [id, channelMeans!]));
}

function addToBias(edit: GraphEdit, node: Node, difference: Float64Array): void {
  const weight = edit.params.get(node.params.weight!)!;
  const id = node.params.bias ?? edit.freshParam(`${node.id}/bias`);
  const old: Param = edit.params.get(id) ?? {
    shape: [outputCount(node, weight.shape)],
    data: new Float32Array(outputCount(node, weight.shape)),
    trainable: weight.trainable,
  };
  const exact = Float32Array.from(old.data, (b, c) => b + difference[c]!);
  edit.params.set(id, encodedAs(old, exact));
  edit.replace({ ...node, params: { ...node.params, bias: id } });
}

/** The values in the codes that the param has; as they are where it has none. */
function encodedAs(old: Param, data: Float32Array): Param {
  const { encoding } = old;
  if (encoding?.kind !== 'affine') {
    const { encoding: _, ...plain } = old;
    return { ...plain, data };
  }
  const { scales, zeroPoints } = encoding;
  const [least, most] = codeRange(encoding);
  const at = (c: number) => (scales.length === 1 ? 0 : c);
  const codes = Float64Array.from(data, (b, c) =>
    Math.min(most, Math.max(least, Math.round(b / scales[at(c)]!) + zeroPoints[at(c)]!)),
  );
  return { ...old, data: decodeCodes(codes, old.shape, encoding) };
}
