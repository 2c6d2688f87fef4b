/** The graph as a TFLite (LiteRT) file: NHWC throughout, names of inputs and outputs in its signature. */
import { expected } from '../../../models/base/errors.js';
import type { Graph } from '../../../models/graph/ir.js';
import { type InputShapes, withInputShapes } from '../input-shapes.js';
import { lowerGraph } from '../nhwc/lower.js';
import type { FormatFeatures } from '../nhwc/lowering.js';
import type { OperationType } from '../nhwc/program.js';
import { ProgramWriter } from './program-writer.js';

export interface TfliteExportOptions {
  /**
   * 'float16' stores weights as float16, with a DEQUANTIZE behind each, which the runtime does once, when it loads the
   * file. 'int8' computes on integers what the graph has rounded: it must come from the pass `quantize` with rounded
   * activations. A graph's integer weights are stored as such with any. Default 'float32'.
   */
  readonly precision?: 'float32' | 'float16' | 'int8';
  /**
   * Sizes to fix. An input that is not named has a batch of 1, and its other unknown sizes stay so: before a run the
   * runtime is told them (`resizeInput`).
   */
  readonly inputShapes?: InputShapes;
}

export const TFLITE_FEATURES: FormatFeatures = {
  name: 'TFLite',
  unequalDepthwiseStrides: true,
  broadcastsProducts: true,
  hardSwish: true,
  gelu: true,
};

const FUSING: ReadonlySet<OperationType> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Conv2D',
  'DepthwiseConv2D',
  'Dense',
]);

/**
 * Inputs and outputs keep their names, types (float32) and order of axes. Equal graphs and options give equal bytes.
 *
 * @throws unsupported_operator, invalid_graph, invalid_argument
 */
export function exportTflite(graph: Graph, options: TfliteExportOptions = {}): Uint8Array {
  const { precision = 'float32' } = options;
  if (precision === 'int8' && !graph.nodes.some(({ op }) => op === 'QuantizeDequantize'))
    throw expected('invalid_argument', 'a graph with rounded activations', 'TFLite in int8', 'one without', {
      remedy: 'Run the pass "quantize" on it first.',
    });
  const single = Object.fromEntries(
    graph.inputs.flatMap(({ id, shape }) => (shape[0] === null ? [[id, [1, ...shape.slice(1)]]] : [])),
  );
  const fixed = withInputShapes(graph, { ...single, ...options.inputShapes });
  const program = lowerGraph(fixed, TFLITE_FEATURES, FUSING);
  return new ProgramWriter(program, precision).write();
}
