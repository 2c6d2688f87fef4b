/**
 * Folds batch normalisation at inference, y = (x − mean) · scale / √(variance + ε) + bias, into the convolution or
 * product before it (as in Jacob et al. 2018, section 3.2): its weights are multiplied per output channel and its bias
 * absorbs the rest.
 */
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Node, Param, ParamId } from '../../models/graph/ir.js';

export interface FoldBatchNormReport {
  /** Normalisations that are gone, and the nodes that took them in. */
  readonly folded: readonly { readonly node: string; readonly into: string }[];
  /** Normalisations that stay, and why. */
  readonly kept: readonly { readonly node: string; readonly reason: string }[];
}

/** Operator → which axis of its weight is the output channel. */
const OUTPUT_AXIS: Readonly<Record<string, number>> = { Conv: 3, ConvTranspose: 2, MatMul: 1 };

/** One normalisation and the node before it. */
interface Pair {
  readonly norm: Node;
  readonly into: Node;
}

/**
 * Folds every normalisation whose input comes from a Conv, ConvTranspose or MatMul with constant weights and goes
 * nowhere else. Nodes that share their weights (tied blocks) are folded only when all of them are followed by
 * normalisations with the same params, and share the result; else they stay as they are.
 *
 * @param isMeant which normalisations; default: all
 */
export function foldBatchNorm(
  graph: Graph,
  isMeant: (norm: Node) => boolean = () => true,
): { graph: Graph; report: FoldBatchNormReport } {
  const kept: { node: string; reason: string }[] = [];
  const candidates = findPairs(graph, isMeant, kept);
  const pairs = candidates.filter((pair) => {
    const reason = whyTied(graph, pair, candidates);
    if (reason) kept.push({ node: pair.norm.id, reason });
    return !reason;
  });

  const params = new Map(graph.params);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const done = new Map<ParamId, ParamId>();
  for (const { norm, into } of pairs) {
    const weight = into.params.weight!;
    let bias = done.get(weight);
    if (bias === undefined) {
      bias = into.params.bias ?? freshId(`${into.id}/bias`, params);
      const folded = foldedParams(graph, norm, into);
      params.set(weight, folded.weight);
      params.set(bias, folded.bias);
      done.set(weight, bias);
    }
    nodes.set(into.id, { ...into, outputs: norm.outputs, params: { ...into.params, bias } });
    nodes.delete(norm.id);
  }
  const left = [...nodes.values()];
  const used = new Set(left.flatMap((node) => Object.values(node.params)));
  const remaining = new Map([...params].filter(([id]) => used.has(id)));
  return {
    graph: { ...graph, nodes: left, params: remaining },
    report: { folded: pairs.map(({ norm, into }) => ({ node: norm.id, into: into.id })), kept },
  };
}

/** A float graph with those normalisations folded that `graph`, which was made of it, has no more. */
export function foldedLike(reference: Graph, graph: Graph): Graph {
  const present = new Set(graph.nodes.map(({ id }) => id));
  return foldBatchNorm(reference, ({ id }) => !present.has(id)).graph;
}

function findPairs(
  graph: Graph,
  isMeant: (norm: Node) => boolean,
  kept: { node: string; reason: string }[],
): Pair[] {
  const producer = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)),
  );
  const uses = new Map<string, number>();
  for (const value of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]) {
    uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  return graph.nodes.flatMap((norm) => {
    if (norm.op !== 'BatchNormalization' || !isMeant(norm)) return [];
    const value = norm.inputs[0]!;
    const into = producer.get(value);
    const keep = (reason: string) => {
      kept.push({ node: norm.id, reason });
      return [];
    };
    if (!into) return keep('its input is an input of the graph');
    if (!(into.op in OUTPUT_AXIS)) return keep(`its input comes from ${into.op} "${into.id}"`);
    if (into.params.weight === undefined) return keep(`"${into.id}" has no constant weight`);
    if (uses.get(value) !== 1) return keep(`the output of "${into.id}" is used elsewhere too`);
    if (Object.values(into.params).some((id) => graph.params.get(id)?.encoding))
      return keep(`the weights of "${into.id}" are codes: it must be folded before they are`);
    return [{ norm, into }];
  });
}

/** Why a pair whose weight or bias has other users cannot be folded; undefined when it can. */
function whyTied(graph: Graph, pair: Pair, candidates: readonly Pair[]): string | undefined {
  const own = [pair.into.params.weight, pair.into.params.bias].filter((id) => id !== undefined);
  for (const node of graph.nodes) {
    if (node.id === pair.into.id || !Object.values(node.params).some((id) => own.includes(id))) continue;
    const other = candidates.find(({ into }) => into.id === node.id);
    const alike =
      other &&
      sameParams(other.into, pair.into) &&
      sameParams(other.norm, pair.norm) &&
      other.norm.attrs.epsilon === pair.norm.attrs.epsilon;
    if (!alike)
      return `"${pair.into.id}" shares its weights with "${node.id}", which is not normalised alike`;
  }
  return undefined;
}

function sameParams(a: Node, b: Node): boolean {
  const roles = new Set([...Object.keys(a.params), ...Object.keys(b.params)]);
  return a.op === b.op && [...roles].every((role) => a.params[role] === b.params[role]);
}

function foldedParams(graph: Graph, norm: Node, into: Node): { weight: Param; bias: Param } {
  const param = (node: Node, role: string): Param => {
    const found = graph.params.get(node.params[role] ?? '');
    if (found) return found;
    throw new PocketlensError(
      'invalid_graph',
      `Expected param "${role}" for ${node.op} "${node.id}" but found none.`,
    );
  };
  const [scale, offset, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map(
    (role) => param(norm, role).data,
  );
  const epsilon = typeof norm.attrs.epsilon === 'number' ? norm.attrs.epsilon : 1e-5;
  const weight = param(into, 'weight');
  const bias = into.params.bias === undefined ? undefined : param(into, 'bias');
  // Doubles until the last rounding.
  const factor = Float64Array.from(scale!, (s, c) => s / Math.sqrt(variance![c]! + epsilon));
  const axis = OUTPUT_AXIS[into.op]!;
  const inner = weight.shape.slice(axis + 1).reduce((product, d) => product * d, 1);
  const channels = weight.shape[axis]!;
  const data = weight.data.map((w, i) => w * factor[Math.floor(i / inner) % channels]!);
  const shifted = Float32Array.from(factor, (f, c) => offset![c]! + ((bias?.data[c] ?? 0) - mean![c]!) * f);
  return {
    weight: { ...weight, data },
    bias: { shape: [channels], data: shifted, trainable: bias?.trainable ?? weight.trainable },
  };
}

function freshId(wanted: ParamId, params: ReadonlyMap<ParamId, Param>): ParamId {
  let id = wanted;
  for (let n = 1; params.has(id); n++) id = `${wanted}_${n}`;
  return id;
}
