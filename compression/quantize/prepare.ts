/** What is rounded of a graph: its activations at once, its weights by whoever asked. */
import type { Graph } from '../../models/graph/ir.js';
import type { PassContext, PassReport } from '../pass.js';
import { weightRoles } from './layers.js';
import type { ActivationOptions } from './options.js';
import { matching, type PlacementOptions, placeRoundings, takenNodes } from './placement.js';
import { roundActivations } from './round-activations.js';

export interface Prepared {
  /** With its activations rounded, where they are to be. */
  readonly graph: Graph;
  /** Nodes whose weights are to be rounded. */
  readonly take: (node: string) => boolean;
  readonly skipped: PassReport['skipped'];
}

/** @throws invalid_config for a pattern that names no node, or activations to round without data */
export async function prepare(
  graph: Graph,
  options: PlacementOptions & { readonly activations: ActivationOptions | 'none' },
  context: PassContext,
): Promise<Prepared> {
  if (options.activations === 'none') return prepareWeights(graph, options.skip);
  const placement = placeRoundings(graph, options);
  const { skipped } = placement;
  const take = takenNodes(graph, matching(graph, options.skip), skipped);
  const { rounded } = await roundActivations(graph, placement, options.activations, context);
  return { graph: rounded, take, skipped };
}

/** Weights alone. */
export function prepareWeights(graph: Graph, skip: readonly string[]): Prepared {
  const named = matching(graph, skip);
  const skipped = graph.nodes.flatMap((node) => {
    if (named.has(node.id)) return [{ node: node.id, reason: 'the options name it' }];
    return weightRoles(node).length > 0 || Object.keys(node.params).length === 0
      ? []
      : [{ node: node.id, reason: 'its params are few and stay in float' }];
  });
  return { graph, take: takenNodes(graph, named, skipped), skipped };
}
