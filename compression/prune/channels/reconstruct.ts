/**
 * Weights fitted anew after channels are gone (He et al. 2017, "Channel pruning for accelerating very deep neural networks";
 * Luo et al. 2017, ThiNet): layer by layer, by linear least squares, each gives again what it gave in the whole graph, as far
 * as the channels that it still reads allow. Those before are fitted already, so that errors do not add up.
 */
import { consumersOf } from '../../../models/graph/initialize.js';
import type { Graph, Node, Param, ParamId, ValueId } from '../../../models/graph/ir.js';
import { withoutDead } from '../../cleanup/graph-edit.js';
import { matrix, transpose } from '../../linear-algebra/matrix.js';
import { solveRight } from '../../linear-algebra/solve.js';
import type { Feeds } from '../../pass.js';
import { runFeeds } from '../../run-feeds.js';
import { type PatchShape, patchShapeOf, positionsOf, readChannels, readPatch, spread } from './patches.js';
import { tensorKey } from './position-table.js';
import type { RemovedPositions } from './remove-channels.js';

/** Equations for each unknown of an output, at least; fewer would fit the calibration inputs alone. */
const EQUATIONS_AN_UNKNOWN = 5;
const LEAST_EQUATIONS = 2048;
/** Pulls weights to what they were, as a share of the inputs' mean square. */
const RIDGE = 1e-3;

export interface Reconstruction {
  readonly graph: Graph;
  /** Nodes that were fitted, and the share of the squared error that this took away. */
  readonly fitted: readonly { readonly node: string; readonly errorLeft: number }[];
}

/**
 * @param whole the graph before. @param pruned the same without `removed`. @param feeds calibration inputs
 * @throws what running throws
 */
export async function reconstruct(
  whole: Graph,
  pruned: Graph,
  removed: RemovedPositions,
  feeds: readonly Feeds[],
  { signal, note }: { readonly signal?: AbortSignal; readonly note?: (text: string) => void } = {},
): Promise<Reconstruction> {
  const targets = changedLayers(pruned, removed);
  const plans = targets.map((node) => {
    const patch = patchShapeOf(node, pruned.params.get(node.params.weight!)!.shape);
    const unknowns = patch.kernel[0] * patch.kernel[1] * patch.channels + 1;
    const wanted = Math.max(LEAST_EQUATIONS, EQUATIONS_AN_UNKNOWN * unknowns);
    return { node, patch, perFeed: Math.ceil(wanted / feeds.length) };
  });
  const answers = await answersOf(whole, plans, removed, feeds, signal);
  const params = new Map(pruned.params);
  const graph = { ...pruned, params };
  const fitted = [];
  for (const [i, plan] of plans.entries()) {
    const { node } = plan;
    const input = node.inputs[0]!;
    const upToHere = withoutDead(graph, [input]).graph;
    const place = offsetPlace(graph, node);
    const bias = node.params.bias === undefined ? undefined : params.get(node.params.bias)!.data;
    const fit = new LayerFit(plan.patch, params.get(node.params.weight!)!, bias, place !== undefined);
    let feed = 0;
    for await (const values of runFeeds(upToHere, feeds, [input], signal)) {
      const { shape, rows } = answers.get(node.id)![feed]!;
      const found = values.get(input)!;
      for (const { position, answer } of rows)
        fit.add(answer, (group, to) => readPatch(node, plan.patch, found, shape, position, group, to));
      feed += 1;
    }
    const { weight, offset, errorLeft } = fit.solve();
    params.set(node.params.weight!, weight);
    if (place) {
      const param = params.get(place.id)!;
      const data = param.data.map((value, c) => value + place.sign * offset[c]!);
      params.set(place.id, { ...param, data });
    }
    fitted.push({ node: node.id, errorLeft });
    note?.(
      `fitted layer ${i + 1} of ${plans.length}: ${node.id}, ${(100 * errorLeft).toFixed(0)} % of its error left`,
    );
  }
  return { graph, fitted };
}

/** Layers with weights of their own behind anything that was removed, in order. */
function changedLayers(graph: Graph, removed: RemovedPositions): Node[] {
  const isShort = (id: ValueId) => removed.has(tensorKey({ kind: 'value', id }));
  const changed = new Set<ValueId>();
  const users = new Map<ParamId, number>();
  for (const { params } of graph.nodes)
    for (const id of Object.values(params)) users.set(id, (users.get(id) ?? 0) + 1);
  return graph.nodes.filter((node) => {
    const isBehind = node.inputs.some((id) => changed.has(id) || isShort(id));
    if (isBehind) for (const id of node.outputs) changed.add(id);
    const weight = node.params.weight;
    if (!isBehind || weight === undefined || (node.op !== 'Conv' && node.op !== 'MatMul')) return false;
    const param = graph.params.get(weight)!;
    return param.trainable && !param.encoding && users.get(weight) === 1;
  });
}

interface Answers {
  /** Of the layer's output. */
  readonly shape: readonly number[];
  readonly rows: readonly { readonly position: number; readonly answer: Float32Array }[];
}

/** What each layer gave in the whole graph, of the channels that are left, at the positions that will be compared. */
async function answersOf(
  whole: Graph,
  plans: readonly { readonly node: Node; readonly perFeed: number }[],
  removed: RemovedPositions,
  feeds: readonly Feeds[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Answers[]>> {
  const answers = new Map<string, Answers[]>(plans.map(({ node }) => [node.id, []]));
  const values = plans.map(({ node }) => node.outputs[0]!);
  for await (const results of runFeeds(whole, feeds, values, signal)) {
    for (const { node, perFeed } of plans) {
      const value = results.get(node.outputs[0]!)!;
      const axes = removed.get(tensorKey({ kind: 'value', id: node.outputs[0]! }));
      const gone = axes?.get(value.shape.length - 1) ?? new Set();
      const left = Array.from({ length: value.channels }, (_, c) => c).filter((c) => !gone.has(c));
      const all = new Float32Array(value.channels);
      const rows = spread(positionsOf(value), perFeed).map((position) => {
        readChannels(value, position, all, 0);
        return { position, answer: Float32Array.from(left, (c) => all[c]!) };
      });
      answers.get(node.id)!.push({ shape: value.shape, rows });
    }
  }
  return answers;
}

/** Where a layer's constant goes: to its bias or, taken away, to the running mean of the normalisation behind it. */
function offsetPlace(graph: Graph, node: Node): { readonly id: ParamId; readonly sign: 1 | -1 } | undefined {
  if (node.params.bias !== undefined) return { id: node.params.bias, sign: 1 };
  const readers = consumersOf(graph).get(node.outputs[0]!) ?? [];
  const [norm] = readers;
  if (readers.length !== 1 || norm?.op !== 'BatchNormalization') return undefined;
  return { id: norm.params.mean!, sign: -1 };
}

/** Normal equations of one layer, a set for each group of channels; the unknowns are changes of the weight and an offset. */
class LayerFit {
  readonly #patch: PatchShape;
  readonly #weight: Param;
  readonly #bias: Float32Array | undefined;
  /** Of one group: window, and the constant. */
  readonly #size: number;
  /** Upper triangles, [size, size]. */
  readonly #grams: Float64Array[];
  /** [size, outputs of the group] */
  readonly #products: Float64Array[];
  #before = 0;
  readonly #row: Float32Array;
  readonly #residuals: Float64Array;

  /** @param hasOffset whether there is a place for a constant */
  constructor(patch: PatchShape, weight: Param, bias: Float32Array | undefined, hasOffset: boolean) {
    const { kernel, channels, groups, outputs } = patch;
    this.#patch = patch;
    this.#weight = weight;
    this.#bias = bias;
    this.#size = kernel[0] * kernel[1] * channels + 1;
    this.#row = new Float32Array(this.#size);
    this.#row[this.#size - 1] = Number(hasOffset);
    this.#residuals = new Float64Array(outputs / groups);
    this.#grams = Array.from({ length: groups }, () => new Float64Array(this.#size ** 2));
    this.#products = Array.from({ length: groups }, () => new Float64Array(this.#size * (outputs / groups)));
  }

  /** @param read writes the group's window into the row */
  add(answer: Float32Array, read: (group: number, to: Float32Array) => void): void {
    const { groups, outputs } = this.#patch;
    const [own, size, row, residuals] = [outputs / groups, this.#size, this.#row, this.#residuals];
    const { data } = this.#weight;
    for (let group = 0; group < groups; group++) {
      read(group, row);
      const first = group * own;
      for (let o = 0; o < own; o++) residuals[o] = answer[first + o]! - (this.#bias?.[first + o] ?? 0);
      for (let i = 0; i < size - 1; i++) {
        const factor = row[i]!;
        if (factor === 0) continue;
        for (let o = 0, at = i * outputs + first; o < own; o++, at++) residuals[o]! -= factor * data[at]!;
      }
      for (let o = 0; o < own; o++) this.#before += residuals[o]! ** 2;
      const [gram, product] = [this.#grams[group]!, this.#products[group]!];
      for (let i = 0; i < size; i++) {
        const factor = row[i]!;
        if (factor === 0) continue;
        for (let j = i, at = i * size + i; j < size; j++, at++) gram[at]! += factor * row[j]!;
        for (let o = 0, at = i * own; o < own; o++, at++) product[at]! += factor * residuals[o]!;
      }
    }
  }

  solve(): { weight: Param; offset: Float64Array; errorLeft: number } {
    const { groups, outputs } = this.#patch;
    const [own, size] = [outputs / groups, this.#size];
    const data = this.#weight.data.slice();
    const offset = new Float64Array(outputs);
    let gained = 0;
    for (let group = 0; group < groups; group++) {
      const [gram, product] = [this.#grams[group]!, this.#products[group]!];
      for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) gram[i * size + j] = gram[j * size + i]!;
      const right = transpose(matrix(size, own, product));
      const change = solveRight(right, matrix(size, size, gram), RIDGE).data;
      for (let o = 0; o < own; o++) {
        const output = group * own + o;
        for (let i = 0; i < size - 1; i++) data[i * outputs + output]! += change[o * size + i]!;
        offset[output] = change[o * size + size - 1]!;
        gained += explained(
          gram,
          change.subarray(o * size, (o + 1) * size),
          right.data.subarray(o * size, (o + 1) * size),
        );
      }
    }
    const errorLeft = this.#before > 0 ? Math.max(0, 1 - gained / this.#before) : 1;
    return { weight: { ...this.#weight, data }, offset, errorLeft };
  }
}

/** By how much the squared error falls: 2 x·b − x·A·x. */
function explained(gram: Float64Array, x: Float64Array, product: Float64Array): number {
  const size = x.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) row += gram[i * size + j]! * x[j]!;
    sum += x[i]! * (2 * product[i]! - row);
  }
  return sum;
}
