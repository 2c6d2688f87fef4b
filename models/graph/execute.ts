/** Runs a graph on the present tfjs backend. */
import * as tf from '@tensorflow/tfjs-core';
import { PocketlensError } from '../base/errors.js';
import { atNode, operatorOf } from './infer-shapes.js';
import type { Graph, Node, ParamId, ValueId } from './ir.js';
import { showShape } from './shapes.js';

export interface ExecuteOptions {
  /** Params to use in place of the graph's own: what training updates. */
  readonly variables?: ReadonlyMap<ParamId, tf.Tensor>;
  /** Batch normalisation uses the batch's statistics. Default false. */
  readonly training?: boolean;
  /** In training, batch normalisation uses the running statistics all the same. Default false. */
  readonly freezeBatchNorm?: boolean;
  /**
   * Receives, in training, the batch mean and (population) variance that belong to a running-statistics param, and the
   * node's momentum: running = momentum * running + (1 - momentum) * value. Keep what must outlive the tidy.
   */
  readonly onStatistics?: (param: ParamId, value: tf.Tensor1D, momentum: number) => void;
  /** Replaces a param's value before use (fake quantisation, masks); once a param and run. */
  readonly transformParam?: (id: ParamId, value: tf.Tensor) => tf.Tensor;
  /** Replaces a node's output before it flows on (fake quantisation of activations, gates). */
  readonly transformValue?: (id: ValueId, value: tf.Tensor) => tf.Tensor;
  /** Further values to return, after the outputs. */
  readonly capture?: readonly ValueId[];
}

/**
 * @param feeds a tensor an input, of a shape that fits the input's.
 * @returns the graph's outputs in order, then the captured values. Call it inside `tf.tidy`, which frees all the rest.
 * @throws invalid_argument for feeds that do not fit, inference_failed where an operator fails, naming the node.
 */
export function execute(
  graph: Graph,
  feeds: Readonly<Record<ValueId, tf.Tensor>>,
  options: ExecuteOptions = {},
): tf.Tensor[] {
  checkFeeds(graph, feeds);
  const wanted = [...graph.outputs, ...(options.capture ?? [])];
  const values = new Map<ValueId, tf.Tensor>(graph.inputs.map(({ id }) => [id, feeds[id]!]));
  const param = paramReader(graph, options);
  const frees = canFree(options) ? deadAfter(graph, wanted) : undefined;
  for (const node of graph.nodes) {
    const outputs = atNode(node, () => runNode(node, values, param, options), 'inference_failed');
    node.outputs.forEach((id, i) => {
      values.set(id, options.transformValue?.(id, outputs[i]!) ?? outputs[i]!);
    });
    for (const id of frees?.get(node.id) ?? []) {
      values.get(id)?.dispose();
      values.delete(id);
    }
  }
  return wanted.map((id) => {
    const value = values.get(id);
    if (!value)
      throw new PocketlensError('invalid_argument', `Expected a value "${id}" but the graph has none.`);
    return value;
  });
}

function runNode(
  node: Node,
  values: ReadonlyMap<ValueId, tf.Tensor>,
  param: (id: ParamId) => tf.Tensor,
  options: ExecuteOptions,
): tf.Tensor[] {
  const { training = false, freezeBatchNorm = false, onStatistics } = options;
  return operatorOf(node).execute({
    attrs: node.attrs,
    inputs: node.inputs.map((id) => {
      const value = values.get(id);
      if (!value)
        throw new PocketlensError('invalid_graph', `Expected a value "${id}" but nothing produced it.`);
      return value;
    }),
    params: Object.fromEntries(Object.entries(node.params).map(([role, id]) => [role, param(id)])),
    batchStatistics: training && !freezeBatchNorm,
    reportStatistic(role, value) {
      const id = node.params[role];
      if (id !== undefined) onStatistics?.(id, value, Number(node.attrs.momentum));
    },
  });
}

function paramReader(graph: Graph, options: ExecuteOptions): (id: ParamId) => tf.Tensor {
  const tensors = new Map<ParamId, tf.Tensor>();
  return (id) => {
    const present = tensors.get(id);
    if (present) return present;
    const plain = options.variables?.get(id) ?? constant(graph, id);
    const value = options.transformParam?.(id, plain) ?? plain;
    tensors.set(id, value);
    return value;
  };
}

function constant(graph: Graph, id: ParamId): tf.Tensor {
  const param = graph.params.get(id);
  if (!param) throw new PocketlensError('invalid_graph', `Expected a param "${id}" but the graph has none.`);
  return tf.tensor(param.data, [...param.shape], 'float32');
}

/** A gradient tape needs the intermediate tensors; a transform may have handed out any of them. */
function canFree(options: ExecuteOptions): boolean {
  return !options.training && !options.transformValue && tf.engine().state.gradientDepth === 0;
}

/** Node → the values that nobody needs once it has run. Operators return new tensors, so each is the value's own. */
function deadAfter(graph: Graph, wanted: readonly ValueId[]): Map<string, ValueId[]> {
  const kept = new Set([...wanted, ...graph.inputs.map(({ id }) => id)]);
  const seen = new Set<ValueId>();
  const dead = new Map<string, ValueId[]>();
  for (const node of graph.nodes.toReversed()) {
    const last: ValueId[] = [];
    for (const id of [...node.outputs, ...node.inputs]) {
      if (seen.has(id) || kept.has(id)) continue;
      seen.add(id);
      last.push(id);
    }
    dead.set(node.id, last);
  }
  return dead;
}

function checkFeeds(graph: Graph, feeds: Readonly<Record<ValueId, tf.Tensor>>): void {
  for (const { id, shape } of graph.inputs) {
    const actual = feeds[id]?.shape;
    const fits =
      actual?.length === shape.length && shape.every((d, axis) => d === null || d === actual[axis]);
    if (fits) continue;
    const received = actual ? showShape(actual) : 'nothing';
    throw new PocketlensError(
      'invalid_argument',
      `Expected a tensor ${showShape(shape)} for input "${id}" of "${graph.name}" but received ${received}.`,
    );
  }
}
