/** Fixing sizes that a graph leaves open, for a file that needs or wants them known. */
import { expected } from '../../models/base/errors.js';
import { inferShapes } from '../../models/graph/infer-shapes.js';
import type { Graph, Shape, ValueId } from '../../models/graph/ir.js';
import { showShape } from '../../models/graph/shapes.js';

/** Input → its shape in the graph's order of axes (NHWC); null leaves an axis as the graph has it. */
export type InputShapes = Readonly<Record<ValueId, Shape>>;

/**
 * The graph with its inputs' shapes replaced where `shapes` names them. A size that the graph knows can't be changed.
 *
 * @throws invalid_argument for an input that the graph has not, invalid_graph for sizes that do not fit it
 */
export function withInputShapes(graph: Graph, shapes: InputShapes): Graph {
  const known = new Set(graph.inputs.map(({ id }) => id));
  for (const id of Object.keys(shapes))
    if (!known.has(id))
      throw expected('invalid_argument', [...known].join(' or '), 'the name of an input', id);
  const all = inferShapes(graph, shapes);
  const inputs = graph.inputs.map(({ id }) => ({ id, shape: all.get(id)! }));
  for (const { id, shape } of inputs)
    if (shape.some((d) => d !== null && !(Number.isInteger(d) && d > 0)))
      throw expected('invalid_argument', 'positive whole sizes', `the shape of "${id}"`, showShape(shape));
  return { ...graph, inputs };
}
