/** The graph as a TensorFlow.js graph model, which `tf.loadGraphModel` reads: model.json and shards of weights. */
import { expected } from '../../../models/base/errors.js';
import type { Graph } from '../../../models/graph/ir.js';
import { type InputShapes, withInputShapes } from '../input-shapes.js';
import { lowerGraph } from '../nhwc/lower.js';
import type { FormatFeatures } from '../nhwc/lowering.js';
import type { OperationType, Tensor } from '../nhwc/program.js';
import { DATA_TYPE, shapeJson } from './node-def.js';
import { NodeWriter } from './node-writer.js';
import { shards } from './weights.js';

export interface TfjsExportOptions {
  /**
   * 'float16' stores weights as float16; they are float32 once loaded. 'int8' asks for a graph with integer weights, which
   * are stored in a byte each with any precision, and computed with in float: best one of weights alone, since roundings of
   * activations are spelt out and take time. Default 'float32'.
   */
  readonly precision?: 'float32' | 'float16' | 'int8';
  /** Sizes to fix; without them the model takes all that the graph takes. */
  readonly inputShapes?: InputShapes;
}

export interface TfjsModel {
  /** "model.json" and the shards that it names, "group1-shard1of1.bin" and so on. */
  readonly files: Map<string, Uint8Array>;
}

export const TFJS_FEATURES: FormatFeatures = {
  name: 'TensorFlow.js',
  unequalDepthwiseStrides: false,
  broadcastsProducts: false,
  hardSwish: false,
  gelu: false,
};

const FUSING: ReadonlySet<OperationType> = new Set(['Conv2D', 'DepthwiseConv2D', 'Dense']);

/** Of TensorFlow's graph format; no reader that we know looks at it, but it must be there. */
const VERSIONS = { producer: 1087, minConsumer: 12 };

/**
 * Inputs and outputs keep their names (in the model's signature) and order of axes. Equal graphs and options give equal
 * bytes.
 *
 * @throws unsupported_operator, invalid_graph, invalid_argument
 */
export function exportTfjs(graph: Graph, options: TfjsExportOptions = {}): TfjsModel {
  const { precision = 'float32' } = options;
  if (precision === 'int8' && ![...graph.params.values()].some(({ encoding }) => encoding?.kind === 'affine'))
    throw expected(
      'invalid_argument',
      'a graph with integer weights',
      'TensorFlow.js in int8',
      'one without',
      {
        remedy: 'Run the pass "quantize" on it first, e.g. with activations "none".',
      },
    );
  const fixed = options.inputShapes ? withInputShapes(graph, options.inputShapes) : graph;
  const program = lowerGraph(fixed, TFJS_FEATURES, FUSING);
  const writer = new NodeWriter(precision === 'float16');
  writer.write(program);
  const files = shards(writer.weights);
  const info = (tensor: Tensor) => ({
    name: `${writer.name(tensor)}:0`,
    dtype: DATA_TYPE[tensor.type],
    tensorShape: shapeJson(tensor.shape),
  });
  const model = {
    format: 'graph-model',
    generatedBy: 'pocketlens',
    convertedBy: 'pocketlens',
    signature: {
      inputs: Object.fromEntries(program.inputs.map((tensor) => [tensor.name, info(tensor)])),
      outputs: Object.fromEntries(program.outputs.map(({ id, tensor }) => [id, info(tensor)])),
    },
    modelTopology: { node: writer.nodes, library: {}, versions: VERSIONS },
    weightsManifest: [{ paths: [...files.keys()], weights: writer.weights.map(({ entry }) => entry) }],
  };
  const json = new TextEncoder().encode(JSON.stringify(model));
  return { files: new Map([['model.json', json], ...files]) };
}
