/** Puts factors in the place of layers. */
import type { Attributes, Graph, Node, Param, ParamId } from '../../models/graph/ir.js';
import { validate } from '../../models/graph/validate.js';
import type { Pads, Pair } from '../../models/graph/window.js';
import type { FactorLayer } from './decompose/decomposition.js';
import type { Layer } from './layers.js';

export interface Replacement {
  readonly layer: Layer;
  /** Applied one after the other; the last takes the bias. */
  readonly factors: readonly FactorLayer[];
}

/**
 * Node "x" becomes "x/reduce", ..., with params "x/reduce/weight", ...; the value that the others read keeps its name, and nodes
 * that shared their weight share the factors. Padding stays right since only the last factor has a bias.
 */
export function replaceLayers(graph: Graph, replacements: readonly Replacement[]): Graph {
  const params = new Map<ParamId, Param>(graph.params);
  const byNode = new Map<string, { factor: FactorLayer; weight: ParamId }[]>();
  for (const { layer, factors } of replacements) {
    const own = factors.map((factor) => {
      const weight = fresh(`${layer.nodes[0]!.id}/${factor.name}/weight`, (id) => params.has(id));
      const isDense = layer.nodes[0]!.op === 'MatMul';
      const shape = isDense ? factor.shape.slice(2) : factor.shape;
      params.set(weight, { shape, data: factor.data, trainable: layer.trainable });
      return { factor, weight };
    });
    for (const node of layer.nodes) byNode.set(node.id, own);
  }
  const taken = new Set(
    graph.nodes.flatMap((node) => [node.id, ...node.outputs]).concat(graph.inputs.map(({ id }) => id)),
  );
  const nodes = graph.nodes.flatMap((node) => {
    const factors = byNode.get(node.id);
    if (!factors) return [node];
    let value = node.inputs[0]!;
    return factors.map(({ factor, weight }, i): Node => {
      const isLast = i === factors.length - 1;
      const id = fresh(`${node.id}/${factor.name}`, (name) => taken.has(name));
      taken.add(id);
      const inputs = [value];
      value = isLast ? node.outputs[0]! : id;
      const bias = isLast && node.params.bias !== undefined ? { bias: node.params.bias } : {};
      const attrs = node.op === 'Conv' ? attributesOf(node, factor) : node.attrs;
      return { id, op: node.op, inputs, outputs: [value], params: { weight, ...bias }, attrs };
    });
  });
  const used = new Set(nodes.flatMap((node) => Object.values(node.params)));
  return validate({ ...graph, nodes, params: new Map([...params].filter(([id]) => used.has(id))) });
}

function attributesOf(node: Node, { moves, groups }: FactorLayer): Attributes {
  const vertical = moves === 'both' || moves === 'vertical';
  const horizontal = moves === 'both' || moves === 'horizontal';
  const pair = ([y, x]: Pair): Pair => [vertical ? y : 1, horizontal ? x : 1];
  const pads = node.attrs.pads as Pads;
  const own = (): Pads => {
    if (!vertical && !horizontal) return 'valid';
    if (typeof pads === 'string') return pads;
    const [top, left, bottom, right] = pads;
    return [vertical ? top : 0, horizontal ? left : 0, vertical ? bottom : 0, horizontal ? right : 0];
  };
  return {
    strides: pair(node.attrs.strides as unknown as Pair),
    dilations: pair(node.attrs.dilations as unknown as Pair),
    pads: own(),
    groups,
  };
}

function fresh(wanted: string, isTaken: (id: string) => boolean): string {
  let id = wanted;
  for (let n = 2; isTaken(id); n++) id = `${wanted}${n}`;
  return id;
}
