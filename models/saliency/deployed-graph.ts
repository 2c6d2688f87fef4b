/** A saliency network as it ships, whatever passes made of it. */
import type { Graph, Node, ValueId } from '../graph/ir.js';
import { saliencyConfigSchema } from './config.js';
import { atConfiguredSide, nameOutputs, type TrainingOutputs } from './network.js';

/** What of the network is deployed: the whole, one stream, or the streams' plain mean (to see what the attention brings). */
export const STREAM_CHOICES = ['fusion', 'dense', 'segment', 'mean'] as const;
export type StreamChoice = (typeof STREAM_CHOICES)[number];

export const SALIENCY_OUTPUT = 'saliency';
export const CONTOUR_OUTPUT = 'contour';

/**
 * The trained graph as it ships: at its config's side, without what only training needs, and with probabilities at the
 * picture's size in place of logits. A graph that has them stays as it is.
 * @param choice without a segment stream there is the dense one only, whatever is asked for
 */
export function deployedSaliency(trained: Graph, choice: StreamChoice = 'fusion'): Graph {
  if (trained.outputs.includes(SALIENCY_OUTPUT)) return trained;
  const bound = atConfiguredSide(trained);
  const logits = nameOutputs(bound.outputs);
  const ends = [...chosenMap(logits, choice), ...probability(CONTOUR_OUTPUT, logits.contour, 2)];
  const outputs = [SALIENCY_OUTPUT, CONTOUR_OUTPUT];
  const { nodes, values } = needed([...bound.nodes, ...ends], outputs);
  const used = new Set(nodes.flatMap(({ params }) => Object.values(params)));
  const params = new Map([...bound.params].filter(([id]) => used.has(id)));
  const inputs = bound.inputs.filter(({ id }) => values.has(id));
  const graph = { ...bound, inputs, nodes, outputs, params };
  return logits.streams && choice === 'dense' ? ofAnySize(graph) : graph;
}

/** Only segments tie a network to one side. */
function ofAnySize(graph: Graph): Graph {
  const config = saliencyConfigSchema.parse(graph.meta.config);
  return {
    ...graph,
    inputs: graph.inputs.map(({ id, shape }) => ({ id, shape: [shape[0]!, null, null, shape[3]!] })),
    meta: { ...graph.meta, config: { ...config, segment: null } },
  };
}

function chosenMap({ dense, streams }: TrainingOutputs<ValueId>, choice: StreamChoice): Node[] {
  if (!streams || choice === 'dense') return probability(SALIENCY_OUTPUT, dense, 2);
  if (choice === 'fusion') return probability(SALIENCY_OUTPUT, streams.fused, 2);
  if (choice === 'segment') return probability(SALIENCY_OUTPUT, streams.segment, 4);
  return meanMap(dense, streams.segment);
}

/** Logits, enlarged to the picture's size, as probabilities. */
function probability(output: ValueId, logits: ValueId, factor: number): Node[] {
  const resized = `${output}/resized`;
  const attrs = { scales: [factor, factor], mode: 'linear' };
  return [
    { id: resized, op: 'Resize', inputs: [logits], outputs: [resized], params: {}, attrs },
    { id: output, op: 'Sigmoid', inputs: [resized], outputs: [output], params: {}, attrs: {} },
  ];
}

function meanMap(dense: ValueId, segment: ValueId): Node[] {
  const maps = ['dense-map', 'segment-map'] as const;
  const mean = { axes: [3], keepdims: true };
  return [
    ...probability(maps[0], dense, 2),
    ...probability(maps[1], segment, 4),
    { id: 'maps', op: 'Concat', inputs: maps, outputs: ['maps'], params: {}, attrs: { axis: -1 } },
    {
      id: SALIENCY_OUTPUT,
      op: 'ReduceMean',
      inputs: ['maps'],
      outputs: [SALIENCY_OUTPUT],
      params: {},
      attrs: mean,
    },
  ];
}

/** The nodes that the outputs are made by, and the values that these take. */
function needed(
  nodes: readonly Node[],
  outputs: readonly ValueId[],
): { nodes: Node[]; values: Set<ValueId> } {
  const values = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((id) => values.has(id))) return false;
    for (const id of node.inputs) values.add(id);
    return true;
  });
  return { nodes: kept.toReversed(), values };
}
