/** Which weights can be factorised, and why the others can't. */

import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, Node, ParamId, Shape } from '../../models/graph/ir.js';
import { whyLeftOut } from '../patterns.js';
import type { Kernel, LayerOutline } from './decompose/decomposition.js';

/** A weight and all nodes that use it. */
export interface Layer {
  readonly weight: ParamId;
  /** One, but for tied blocks; all of one operator. */
  readonly nodes: readonly Node[];
  readonly kernel: Kernel;
  readonly trainable: boolean;
  /** Node by node: how many positions its input and its output have. */
  readonly geometries: readonly Geometry[];
}

/** [rows, columns] of an image; a dense layer has as many of both as it is applied to. */
export interface Geometry {
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
}

export interface Skipped {
  readonly node: string;
  readonly reason: string;
}

type Patterns = Parameters<typeof whyLeftOut>[1];

/** @param inputShapes where they are left out, costs are told a position of the output. */
export function findLayers(
  graph: Graph,
  patterns: Patterns,
  inputShapes?: Readonly<Record<string, readonly number[]>>,
): { layers: Layer[]; skipped: Skipped[] } {
  const shapes = inferShapes(graph, inputShapes);
  const users = new Map<ParamId, Node[]>();
  for (const node of graph.nodes)
    for (const id of new Set(Object.values(node.params))) users.set(id, [...(users.get(id) ?? []), node]);
  const layers: Layer[] = [];
  const skipped: Skipped[] = [];
  const seen = new Set<ParamId>();
  for (const node of graph.nodes) {
    if (
      !['Conv', 'MatMul', 'ConvTranspose', 'LSTM'].includes(node.op) ||
      Object.keys(node.params).length === 0
    )
      continue;
    const weight = node.params.weight;
    const nodes = weight === undefined ? [node] : users.get(weight)!;
    // Those that share a weight are factorized together or not at all.
    const reason = nodes
      .map((user) => leftOut(user, node, patterns) ?? whyNot(graph, user, node))
      .find((why) => why !== undefined);
    if (reason) skipped.push({ node: node.id, reason });
    else if (!seen.has(weight!)) {
      seen.add(weight!);
      const { shape, data, trainable } = graph.params.get(weight!)!;
      const [kh, kw, cin, cout] = shape.length === 2 ? [1, 1, ...shape] : shape;
      const kernel: Kernel = { shape: [kh!, kw!, cin!, cout!], data };
      const geometries = nodes.map((user) => geometryOf(user, shapes));
      layers.push({ weight: weight!, nodes, kernel, trainable, geometries });
    }
  }
  return { layers, skipped };
}

function leftOut(user: Node, node: Node, patterns: Patterns): string | undefined {
  const reason = whyLeftOut(user.id, patterns);
  return reason && user !== node ? `it shares its weights with "${user.id}", and ${reason}` : reason;
}

function whyNot(graph: Graph, user: Node, node: Node): string | undefined {
  if (user.op !== node.op || user.params.weight !== node.params.weight)
    return `it shares its weights with "${user.id}" (${user.op})`;
  if (user.op !== 'Conv' && user.op !== 'MatMul') return `there is no method for ${user.op}`;
  const { shape, encoding } = graph.params.get(user.params.weight!)!;
  if (encoding) return 'its weights are stored as codes: factorise before quantizing or clustering';
  if (user.op === 'Conv' && user.attrs.groups !== 1)
    return shape[2] === 1 ? 'it is depthwise' : 'it is a grouped convolution';
  return undefined;
}

function geometryOf(node: Node, shapes: ReadonlyMap<string, Shape>): Geometry {
  const [input, output] = [shapes.get(node.inputs[0]!)!, shapes.get(node.outputs[0]!)!];
  if (node.op === 'MatMul') {
    const positions = input.slice(0, -1).reduce<number>((product, d) => product * (d ?? 1), 1);
    return { input: [1, positions], output: [1, positions] };
  }
  const strides = node.attrs.strides as readonly number[];
  const known = [input, output].every((shape) => shape.slice(1, 3).every((d) => d !== null));
  if (!known) return { input: [strides[0]!, strides[1]!], output: [1, 1] };
  const batch = input[0] ?? 1;
  return {
    input: [batch * input[1]!, input[2]!],
    output: [batch * output[1]!, output[2]!],
  };
}

export const weightsOf = (outlines: readonly Pick<LayerOutline, 'shape'>[]): number =>
  outlines.reduce((sum, { shape }) => sum + shape.reduce((product, d) => product * d, 1), 0);

/** Multiply-accumulates of the layers in a row, over all nodes that share them. */
export function macsOf(layer: Layer, outlines: readonly Pick<LayerOutline, 'shape' | 'moves'>[]): number {
  return layer.geometries.reduce((sum, { input, output }) => {
    let [rows, columns] = input;
    return outlines.reduce((macs, outline) => {
      if (outline.moves === 'both' || outline.moves === 'vertical') rows = output[0];
      if (outline.moves === 'both' || outline.moves === 'horizontal') columns = output[1];
      return macs + rows * columns * weightsOf([outline]);
    }, sum);
  }, 0);
}

/** The layer as it is. */
export const wholeOf = ({ kernel }: Layer) => [{ shape: kernel.shape, moves: 'both' }] as const;
