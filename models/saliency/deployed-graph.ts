/** A saliency network as it ships, whatever passes made of it. */
import type { Graph, Node, ValueId } from '../graph/ir.js';
import { saliencyConfigSchema } from './config.js';
import { buildSaliency, CONTOUR_OUTPUT, deploymentGraph, nameOutputs, SALIENCY_OUTPUT } from './network.js';

/**
 * The trained graph as it ships: what only training needs goes, and the logits become probabilities at the picture's size,
 * by nodes as the network's own `deploymentGraph` adds. Unlike that it keeps what passes changed.
 */
export function deployedSaliency(trained: Graph): Graph {
  if (trained.outputs.includes(SALIENCY_OUTPUT)) return trained;
  const config = saliencyConfigSchema.parse(trained.meta.config);
  const template = deploymentGraph(buildSaliency(config));
  const { dense, contour, streams } = nameOutputs(trained.outputs);
  const ends = [
    ...endOf(template, SALIENCY_OUTPUT, streams?.fused ?? dense),
    ...endOf(template, CONTOUR_OUTPUT, contour),
  ];
  const needed = new Set([SALIENCY_OUTPUT, CONTOUR_OUTPUT, ...ends.flatMap(({ inputs }) => inputs)]);
  const kept = trained.nodes.toReversed().filter(({ outputs, inputs }) => {
    if (!outputs.some((id) => needed.has(id))) return false;
    for (const id of inputs) needed.add(id);
    return true;
  });
  const nodes = [...kept.toReversed(), ...ends];
  const used = new Set(nodes.flatMap(({ params }) => Object.values(params)));
  return {
    ...trained,
    nodes,
    outputs: [SALIENCY_OUTPUT, CONTOUR_OUTPUT],
    params: new Map([...trained.params].filter(([id]) => used.has(id))),
  };
}

/** The template's resizing and sigmoid before an output, after these logits. */
function endOf(template: Graph, output: ValueId, logits: ValueId): Node[] {
  const producer = (id: ValueId) => template.nodes.find(({ outputs }) => outputs.includes(id))!;
  const sigmoid = producer(output);
  const resize = producer(sigmoid.inputs[0]!);
  const resized = `${output}/resized`;
  return [
    { ...resize, id: resized, inputs: [logits], outputs: [resized] },
    { ...sigmoid, inputs: [resized] },
  ];
}
