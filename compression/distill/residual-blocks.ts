/** Branches beside a shortcut: x + f(x). */
import { consumersOf } from '../../models/graph/initialize.js';
import type { Graph, Node, ValueId } from '../../models/graph/ir.js';

export interface ResidualBlock {
  /** The sum. */
  readonly node: string;
  readonly shortcut: ValueId;
  /** What is added to the shortcut; used nowhere else. */
  readonly branch: ValueId;
}

/** In the order of the graph. An addition counts where one operand is made from the other and serves nothing else. */
export function residualBlocks(graph: Graph): ResidualBlock[] {
  const producer = new Map<ValueId, Node>(
    graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)),
  );
  const consumers = consumersOf(graph);
  const madeFrom = (value: ValueId, source: ValueId): boolean => {
    const open = [value];
    const seen = new Set<ValueId>();
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === source) return true;
      if (seen.has(id)) continue;
      seen.add(id);
      open.push(...(producer.get(id)?.inputs ?? []));
    }
    return false;
  };
  const isOwn = (value: ValueId) => consumers.get(value)?.length === 1 && !graph.outputs.includes(value);
  return graph.nodes.flatMap((node) => {
    const [a, b] = node.inputs;
    if (node.op !== 'Add' || a === undefined || b === undefined || a === b) return [];
    for (const [shortcut, branch] of [
      [a, b],
      [b, a],
    ] as const) {
      if (isOwn(branch) && producer.has(branch) && madeFrom(branch, shortcut))
        return [{ node: node.id, shortcut, branch }];
    }
    return [];
  });
}
