/** Puts rounding nodes into a graph. A rounded value keeps its name; what its operator gives gets a new one. */
import type { Graph, Node, Param, ParamId, ValueId } from '../../models/graph/ir.js';
import type { Grid } from './calibrators.js';

export interface Rounding extends Grid {
  readonly bits: number;
  readonly signed: boolean;
}

/**
 * @param values value → the value whose scale and zero point it uses
 * @param roundings of every value that is named as such
 */
export function insertRoundings(
  graph: Graph,
  values: ReadonlyMap<ValueId, ValueId>,
  roundings: ReadonlyMap<ValueId, Rounding>,
): Graph {
  const params = new Map(graph.params);
  for (const [id, { scale, zeroPoint }] of roundings) {
    params.set(paramId(id, 'scale'), constant(scale, true));
    params.set(paramId(id, 'zeroPoint'), constant(zeroPoint, false));
  }
  const make = (id: ValueId, grid: ValueId, input: ValueId, output: ValueId): Node => {
    const { bits, signed } = roundings.get(grid)!;
    return {
      id: roundingId(id),
      op: 'QuantizeDequantize',
      inputs: [input],
      outputs: [output],
      params: { scale: paramId(grid, 'scale'), zeroPoint: paramId(grid, 'zeroPoint') },
      attrs: { bits, signed },
    };
  };
  return insertAfterValues(graph, values, params, make);
}

type MakeNode = (id: ValueId, grid: ValueId, input: ValueId, output: ValueId) => Node;

/** A node behind each of the values: behind an input of the graph under a new name, else in the value's place. */
export function insertAfterValues(
  graph: Graph,
  values: ReadonlyMap<ValueId, ValueId>,
  params: ReadonlyMap<ParamId, Param>,
  make: MakeNode,
): Graph {
  const inputs = new Set(graph.inputs.map(({ id }) => id));
  const renamed = new Map<ValueId, ValueId>();
  const nodes: Node[] = [];
  for (const id of inputs) {
    const grid = values.get(id);
    if (grid === undefined) continue;
    renamed.set(id, `${id}/rounded`);
    nodes.push(make(id, grid, id, `${id}/rounded`));
  }
  for (const node of graph.nodes) {
    const rounded = node.outputs.filter((id) => values.has(id));
    nodes.push({
      ...node,
      inputs: node.inputs.map((id) => renamed.get(id) ?? id),
      outputs: node.outputs.map((id) => (values.has(id) ? exactId(id) : id)),
    });
    for (const id of rounded) nodes.push(make(id, values.get(id)!, exactId(id), id));
  }
  return { ...graph, nodes, params };
}

/** The value before it is rounded. */
export const exactId = (id: ValueId): ValueId => `${id}/exact`;
export const roundingId = (id: ValueId): string => `${id}/round`;
const paramId = (id: ValueId, role: string): ParamId => `${roundingId(id)}/${role}`;

const constant = (value: number, trainable: boolean): Param => ({
  shape: [1],
  data: Float32Array.of(value),
  trainable,
});
