/** A graph in work: nodes are replaced and bypassed one by one; `finish` clears away what is left without use. */
import { consumersOf } from '../../models/graph/initialize.js';
import type { Graph, Node, Param, ParamId, ValueId } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';

export class GraphEdit {
  readonly #graph: Graph;
  readonly #inputs: ReadonlySet<ValueId>;
  readonly params: Map<ParamId, Param>;
  #nodes: Node[];

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#inputs = new Set(graph.inputs.map(({ id }) => id));
    this.#nodes = [...graph.nodes];
    this.params = new Map(graph.params);
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  get graph(): Graph {
    return { ...this.#graph, nodes: this.#nodes, params: this.params };
  }

  producer(value: ValueId): Node | undefined {
    return this.#nodes.find(({ outputs }) => outputs.includes(value));
  }

  isOutput(value: ValueId): boolean {
    return this.#graph.outputs.includes(value);
  }

  /** The one node that reads the value once; undefined where there are others or it is an output. */
  onlyConsumer(value: ValueId): Node | undefined {
    const consumers = consumersOf({ nodes: this.#nodes }).get(value) ?? [];
    return consumers.length === 1 && !this.isOutput(value) ? consumers[0] : undefined;
  }

  /** Nodes that use the param. */
  usersOf(param: ParamId): Node[] {
    return this.#nodes.filter(({ params }) => Object.values(params).includes(param));
  }

  replace(node: Node): void {
    this.#nodes = this.#nodes.map((other) => (other.id === node.id ? node : other));
  }

  /**
   * Takes the node away: who read its output reads `value`. Where the output is one of the graph's, the producer of `value`
   * takes over its name.
   * @returns whether it could be done
   */
  bypass(node: Node, value: ValueId): boolean {
    const output = node.outputs[0]!;
    const rename = (nodes: readonly Node[], from: ValueId, to: ValueId) =>
      nodes.map((other) => ({ ...other, inputs: other.inputs.map((id) => (id === from ? to : id)) }));
    const others = this.#nodes.filter(({ id }) => id !== node.id);
    if (!this.isOutput(output)) {
      this.#nodes = rename(others, output, value);
      return true;
    }
    if (this.#inputs.has(value) || this.isOutput(value)) return false;
    this.#nodes = rename(others, value, output).map((other) => ({
      ...other,
      outputs: other.outputs.map((id) => (id === value ? output : id)),
    }));
    return true;
  }

  freshParam(wanted: ParamId): ParamId {
    let id = wanted;
    for (let n = 1; this.params.has(id); n++) id = `${wanted}_${n}`;
    return id;
  }

  /** @throws invalid_graph */
  finish(): Graph {
    return validate(withoutDead(this.graph).graph);
  }
}

/** Leaves only what leads to the outputs. */
export function withoutDead(
  graph: Graph,
  outputs: readonly ValueId[] = graph.outputs,
): { graph: Graph; nodes: readonly Node[]; params: readonly ParamId[] } {
  const needed = new Set<ValueId>(outputs);
  const live = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((id) => needed.has(id))) continue;
    live.add(node.id);
    for (const id of node.inputs) needed.add(id);
  }
  const nodes = graph.nodes.filter(({ id }) => live.has(id));
  const used = new Set(nodes.flatMap(({ params }) => Object.values(params)));
  return {
    graph: {
      ...graph,
      outputs,
      nodes,
      params: new Map([...graph.params].filter(([id]) => used.has(id))),
    },
    nodes: graph.nodes.filter(({ id }) => !live.has(id)),
    params: [...graph.params.keys()].filter((id) => !used.has(id)),
  };
}
