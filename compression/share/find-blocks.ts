/** Parts of a graph that are built alike. */
import type { Graph, Node, ValueId } from '../../models/graph/ir.js';

export interface Block {
  /** The scope that its nodes' ids begin with: "decoder/block2". */
  readonly id: string;
  readonly nodes: readonly Node[];
}

/**
 * Groups of two and more scopes with the same nodes in the same order: operators, attributes, shapes of params and how values
 * flow between them. The largest scopes win; none overlaps another.
 */
export function findBlocks(graph: Graph): Block[][] {
  const scopes = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const parts = node.id.split('/');
    for (let n = 1; n < parts.length; n++) {
      const id = parts.slice(0, n).join('/');
      scopes.set(id, [...(scopes.get(id) ?? []), node]);
    }
  }
  const groups = new Map<string, Block[]>();
  for (const [id, nodes] of scopes) {
    const parent = scopes.get(id.split('/').slice(0, -1).join('/'));
    if (parent?.length === nodes.length || weightsOf(graph, nodes) === 0) continue;
    const key = signature(graph, nodes);
    groups.set(key, [...(groups.get(key) ?? []), { id, nodes }]);
  }
  const taken = new Set<string>();
  return [...groups.values()]
    .filter((blocks) => blocks.length > 1)
    .sort((a, b) => weightsOf(graph, b[0]!.nodes) - weightsOf(graph, a[0]!.nodes))
    .map((blocks) => {
      const free = blocks.filter(({ nodes }) => !nodes.some(({ id }) => taken.has(id)));
      if (free.length < 2) return [];
      for (const { nodes } of free) for (const { id } of nodes) taken.add(id);
      return free;
    })
    .filter((blocks) => blocks.length > 1);
}

/** Weights in params of rank 2 and more. */
export function weightsOf(graph: Graph, nodes: readonly Node[]): number {
  const ids = new Set(nodes.flatMap((node) => Object.values(node.params)));
  return [...ids].reduce((sum, id) => {
    const { shape, data } = graph.params.get(id)!;
    return sum + (shape.length > 1 ? data.length : 0);
  }, 0);
}

function signature(graph: Graph, nodes: readonly Node[]): string {
  const values = new Map<ValueId, string>();
  const params = new Map<string, number>();
  const described = nodes.map((node, at) => {
    const inputs = node.inputs.map((id) => {
      if (!values.has(id)) values.set(id, `from outside ${values.size}`);
      return values.get(id);
    });
    node.outputs.forEach((id, i) => {
      values.set(id, `node ${at} output ${i}`);
    });
    const roles = Object.entries(node.params)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([role, id]) => {
        if (!params.has(id)) params.set(id, params.size);
        return [role, params.get(id), graph.params.get(id)!.shape];
      });
    const attrs = Object.entries(node.attrs).sort(([a], [b]) => (a < b ? -1 : 1));
    return [node.op, attrs, inputs, roles];
  });
  return JSON.stringify(described);
}
