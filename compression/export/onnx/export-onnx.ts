/** The graph as an ONNX file. Images (rank 4) are NCHW inside, and at the file's borders; all else keeps its order. */
import { expected, PocketlensError } from '../../../models/base/errors.js';
import { inferShapes } from '../../../models/graph/infer-shapes.js';
import type { Graph, Shape, ValueId } from '../../../models/graph/ir.js';
import type { Perm } from '../../perm.js';
import { halfParams } from '../half-weights.js';
import { type InputShapes, withInputShapes } from '../input-shapes.js';
import { Lowering } from './lowering.js';
import { OPERATOR_EXPORTERS } from './operators/index.js';
import { DataType, type DimensionProto, encodeModel, type ModelProto, type ValueInfoProto } from './proto.js';

export interface OnnxExportOptions {
  /**
   * 'float16' stores weights (`half-weights.ts`) as float16, each with a Cast to float32 behind it, which
   * runtimes do once, when they load the file. So it computes as the float32 file does, on every runtime: few
   * processors, and not ONNX Runtime's WebAssembly build, have float16 kernels. Integer weights of a quantized graph stay
   * as they are with either. Default 'float32'.
   */
  readonly precision?: 'float32' | 'float16';
  /** Sizes to fix, e.g. { image: [1, 32, 320, 1] }; without them the file takes all that the graph takes. */
  readonly inputShapes?: InputShapes;
  /** 17 (the default, what old runtimes read) to 21. */
  readonly opset?: number;
  /** Names of dynamic dimensions, per input or output in the graph's own order of axes (NHWC); null takes the default. */
  readonly dimensionNames?: Readonly<Record<ValueId, readonly (string | null)[]>>;
  /** Inputs and outputs of rank 4 that are NHWC in the file as in the graph; default: none, all are NCHW. */
  readonly channelsLast?: ReadonlySet<ValueId>;
  /** Key → value in the file's metadata, beside our own `pocketlens.layouts`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly producer?: { readonly name: string; readonly version: string };
}

/** Operator set → the version of the file format that came with it. */
const IR_VERSIONS: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 };

const AXIS_NAMES: Readonly<Record<number, readonly string[]>> = {
  4: ['batch', 'height', 'width', 'channels'],
  3: ['batch', 'time', 'channels'],
  2: ['batch', 'channels'],
};

/** As `exportOnnxModel`, serialised. Equal graphs and options give equal bytes. */
export function exportOnnx(graph: Graph, options: OnnxExportOptions = {}): Uint8Array {
  return encodeModel(exportOnnxModel(graph, options));
}

/**
 * Lowers the graph. Inputs and outputs keep their names; those of rank 4 are [batch, channels, height, width]. Dynamic
 * dimensions are named: "batch" everywhere, others after their axis ("height", "width", "time") at a sole input and with
 * the value's name before it elsewhere, since runtimes take equal names for equal sizes.
 *
 * @throws unsupported_operator, invalid_graph, invalid_argument
 */
export function exportOnnxModel(open: Graph, options: OnnxExportOptions = {}): ModelProto {
  const graph = options.inputShapes ? withInputShapes(open, options.inputShapes) : open;
  const opset = options.opset ?? 17;
  const irVersion = IR_VERSIONS[opset];
  if (irVersion === undefined)
    throw expected('invalid_argument', 'an ONNX operator set from 17 to 21', 'opset', opset);
  if (new Set(graph.outputs).size !== graph.outputs.length) {
    throw new PocketlensError(
      'invalid_graph',
      'Expected each output of the graph once but one is listed twice.',
    );
  }
  const shapes = inferShapes(graph);
  const lowering = new Lowering(graph, shapes, {
    opset,
    half: options.precision === 'float16' ? halfParams(graph) : new Set(),
    channelsLast: options.channelsLast ?? new Set(),
  });
  for (const { id } of graph.inputs) lowering.bind(id, { name: id, perm: lowering.border(id) });
  for (const node of graph.nodes) {
    const exporter = Object.hasOwn(OPERATOR_EXPORTERS, node.op) ? OPERATOR_EXPORTERS[node.op] : undefined;
    if (!exporter) {
      throw new PocketlensError(
        'unsupported_operator',
        `Expected an operator that ONNX export knows for node "${node.id}" but received "${node.op}".`,
        {
          remedy: 'Remove training-only operators before the export.',
          details: { node: node.id, op: node.op },
        },
      );
    }
    lowering.enter(node.id);
    exporter(node, lowering);
  }
  for (const id of graph.outputs) lowering.output(id);

  const sole = graph.inputs.length === 1;
  const info = (id: ValueId, shape: Shape, prefix: string) =>
    valueInfo(id, shape, lowering.border(id), prefix, options.dimensionNames?.[id]);
  return {
    irVersion,
    producerName: options.producer?.name ?? 'pocketlens',
    ...(options.producer && { producerVersion: options.producer.version }),
    graph: {
      name: graph.name,
      node: lowering.nodes,
      initializer: lowering.initializers,
      input: graph.inputs.map(({ id, shape }) => info(id, shape, sole ? '' : `${id}_`)),
      output: graph.outputs.map((id) => info(id, lowering.shape(id), `${id}_`)),
    },
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: metadataProps(graph, lowering, options),
  };
}

function valueInfo(
  name: string,
  shape: Shape,
  perm: Perm,
  prefix: string,
  names: readonly (string | null)[] = [],
): ValueInfoProto {
  const dim = perm.map((axis): DimensionProto => {
    const size = shape[axis]!;
    if (size !== null) return { dimValue: size };
    const axisName = AXIS_NAMES[shape.length]?.[axis] ?? (axis === 0 ? 'batch' : `axis${axis}`);
    return { dimParam: names[axis] ?? (axisName === 'batch' ? axisName : `${prefix}${axisName}`) };
  });
  return { name, type: { tensorType: { elemType: DataType.float32, shape: { dim } } } };
}

function metadataProps(graph: Graph, lowering: Lowering, { channelsLast, metadata = {} }: OnnxExportOptions) {
  const image = (id: ValueId) => (channelsLast?.has(id) ? 'NHWC' : 'NCHW');
  const layout = (id: ValueId) =>
    ({ 4: image(id), 3: 'NTC', 2: 'NC' })[lowering.rank(id)] ?? 'as in the graph';
  const border = [...graph.inputs.map(({ id }) => id), ...graph.outputs];
  const layouts = JSON.stringify(Object.fromEntries(border.map((id) => [id, layout(id)])));
  return Object.entries({ 'pocketlens.layouts': layouts, ...metadata })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}
