/** Params as tfjs variables, and back. */
import * as tf from '@tensorflow/tfjs-core';
import { PocketlensError } from '../base/errors.js';
import type { Graph, ParamId } from './ir.js';

/** One variable a param, trainable as the param is. The caller disposes of them. */
export function createVariables(graph: Graph): Map<ParamId, tf.Variable> {
  const variables = new Map<ParamId, tf.Variable>();
  for (const [id, { shape, data, trainable }] of graph.params) {
    // A copy: a backend may keep the array it is given.
    const value = tf.tensor(data.slice(), [...shape], 'float32');
    variables.set(id, tf.variable(value, trainable));
    value.dispose();
  }
  return variables;
}

/** The graph with the variables' present values. @throws training_failed where a value is not finite. */
export async function withParams(graph: Graph, variables: ReadonlyMap<ParamId, tf.Tensor>): Promise<Graph> {
  const params = new Map(graph.params);
  for (const [id, variable] of variables) {
    const param = params.get(id);
    if (!param) throw new PocketlensError('internal', `Expected a param of the graph but received "${id}".`);
    const data = Float32Array.from(await variable.data());
    if (!data.every(Number.isFinite)) {
      throw new PocketlensError(
        'training_failed',
        `Expected finite weights but "${id}" holds NaN or infinity.`,
        {
          remedy: 'Lower the learning rate or clip the gradient.',
        },
      );
    }
    // Values that have moved are not what the codes decode to any more.
    const { encoding, ...plain } = param;
    const moved = encoding && data.some((value, i) => value !== param.data[i]);
    params.set(id, moved ? { ...plain, data } : { ...param, data });
  }
  return { ...graph, params };
}
