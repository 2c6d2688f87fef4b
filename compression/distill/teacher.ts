/** A trained graph that is asked, never changed. */
import * as tf from '@tensorflow/tfjs-core';
import { expected } from '../../models/base/errors.js';
import { execute } from '../../models/graph/execute.js';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, ParamId, Shape, ValueId } from '../../models/graph/ir.js';
import { foldBatchNorm } from '../cleanup/fold-batch-norm.js';

export class Teacher {
  readonly graph: Graph;
  readonly #values: readonly ValueId[];
  readonly #params = new Map<ParamId, tf.Tensor>();

  /**
   * @param values wanted beside the outputs.
   * @throws invalid_config where the graph lacks one, or has not as many inputs as the student
   */
  constructor(graph: Graph, student: Graph, values: readonly ValueId[] = []) {
    if (graph.inputs.length !== student.inputs.length) {
      const wanted = `${student.inputs.length} inputs, as the student has,`;
      throw expected('invalid_config', wanted, `teacher "${graph.name}"`, graph.inputs.length);
    }
    const known = inferShapes(graph);
    for (const id of values) {
      if (known.has(id)) continue;
      const remedy = `Values are named as the nodes that make them, e.g. "${graph.nodes[0]!.outputs[0]}".`;
      throw expected('invalid_config', 'a value of the teacher', 'a feature', id, { remedy });
    }
    // Folded it computes the same in less time, but lacks the values before its normalisations.
    const { graph: folded } = foldBatchNorm(graph);
    const left = inferShapes(folded);
    this.graph = values.every((id) => left.has(id)) ? folded : graph;
    this.#values = values;
  }

  shapeOf(value: ValueId): Shape {
    return inferShapes(this.graph).get(value)!;
  }

  /**
   * @param feeds the student's, by the student's names: inputs go by their order.
   * @returns the outputs and the wanted values, tensors of the present tidy
   */
  ask(
    feeds: Readonly<Record<ValueId, tf.Tensor>>,
    student: Graph,
  ): { outputs: tf.Tensor[]; values: Map<ValueId, tf.Tensor> } {
    if (this.#params.size === 0) {
      for (const [id, { data, shape }] of this.graph.params)
        this.#params.set(id, tf.keep(tf.tensor(data.slice(), [...shape])));
    }
    const own = Object.fromEntries(this.graph.inputs.map(({ id }, i) => [id, feeds[student.inputs[i]!.id]!]));
    const results = tf.tidy(() =>
      execute(this.graph, own, { variables: this.#params, capture: this.#values }),
    );
    const { length } = this.graph.outputs;
    return {
      outputs: results.slice(0, length),
      values: new Map(this.#values.map((id, i) => [id, results[length + i]!])),
    };
  }

  dispose(): void {
    tf.dispose([...this.#params.values()]);
    this.#params.clear();
  }
}
