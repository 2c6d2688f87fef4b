/** An ONNX file as a graph of ours. */
import { expected, PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Shape, TensorSpec } from '../../../models/graph/ir.js';
import { decodeModel, type ModelProto } from '../../export/onnx/proto.js';
import { borderPerm, type FileLayout, fileInputs, inputLayout, outputLayout } from './borders.js';
import { corrupt, Unavailable, Unsupported, type UnsupportedNode, unsupportedError } from './errors.js';
import { type ReadExternal, readExternalTensors } from './external-data.js';
import { finishGraph } from './finish.js';
import { fold } from './fold/fold.js';
import { readableName } from './names.js';
import { OnnxNode } from './onnx-node.js';
import { OPERATOR_IMPORTERS } from './operators/index.js';
import { ParamStore } from './param-store.js';
import { Raising } from './raising.js';

export interface OnnxImportOptions {
  /** Of the graph; default: the name in the file. */
  readonly name?: string;
  /**
   * Input → sizes in place of the file's, in the file's own order of axes; null leaves a size to the run. For files whose
   * shapes a run computes in ways that the graph can't.
   */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
  /**
   * How the file orders the axes of rank-4 inputs and outputs. Default 'auto': as a file of ours says; else NHWC where an
   * input is turned to NCHW at once (as tf2onnx writes it) or its last size alone can be that of channels; else NCHW.
   */
  readonly layout?: 'auto' | 'NCHW' | 'NHWC';
  /** Reads the files beside the ONNX file in which its weights may lie; without it such a file is refused. */
  readonly readExternal?: ReadExternal;
}

export interface OnnxImportReport {
  readonly opset: number;
  /** Program and version that wrote the file; '' where it does not tell. */
  readonly producer: string;
  /** Nodes of the file that its outputs need, and how many of them were computed while reading. */
  readonly fileNodes: number;
  readonly foldedNodes: number;
  /** Operator of the graph → nodes. */
  readonly operators: Readonly<Record<string, number>>;
  /** How the file orders the axes of its inputs and outputs. The graph's own are NHWC wherever this is not 'other'. */
  readonly layouts: Readonly<Record<string, FileLayout>>;
  /** What may differ from the file, in sentences. */
  readonly notes: readonly string[];
}

export interface OnnxImport {
  readonly graph: Graph;
  readonly report: OnnxImportReport;
}

/** Operator sets whose meaning is known here. */
const OPSETS = [7, 24] as const;

/**
 * Reads an ONNX file, as PyTorch, TensorFlow (tf2onnx), Paddle and `exportOnnx` write them. Inputs and outputs keep their
 * names; those of rank 4 are [batch, height, width, channels] in the graph, whatever they are in the file; all others
 * keep the file's order. Weights are float32; those that a DequantizeLinear decodes keep their codes as `encoding`. What
 * constants and shapes alone decide is computed. `meta.onnx` records where the graph comes from.
 *
 * @param bytes of the file; nothing of them is kept.
 * @throws model_corrupt where the bytes are no sound ONNX file, unsupported_operator naming everything that the graph
 *   can't say, invalid_graph where shapes or weights contradict each other, limit_exceeded where constants would take
 *   memory out of proportion, invalid_argument
 */
export function importOnnx(bytes: Uint8Array, options: OnnxImportOptions = {}): OnnxImport {
  const model = decodeModel(bytes);
  const opset = opsetOf(model);
  checkOptions(model, options);
  const external = options.readExternal ? readExternalTensors(model, options.readExternal) : 0;
  const nodes = neededNodes(model);
  const consumers = consumersOf(nodes);
  const outputNames = model.graph.output.map(({ name }) => name);
  if (outputNames.length === 0 || outputNames.some((name) => !name))
    throw corrupt('Expected named outputs in the file but found none or one without a name.');
  const initializers = new Map(model.graph.initializer.map((tensor) => [tensor.name ?? '', tensor]));
  const raising = new Raising(
    { opset, consumers, initializers, outputs: new Set(outputNames) },
    new ParamStore(bytes.length + external),
  );
  const layouts: Record<string, FileLayout> = {};
  const inputs = raiseInputs(model, options, consumers, raising, layouts);
  const foldedNodes = raiseNodes(nodes, raising);
  const inputLayouts = Object.values(layouts);
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const about = aboutFile(model, opset, options);
  const graph = told({ name: 'the results', op: 'Output' }, () => {
    const outputs = outputNames.map((name) => {
      const rank = raising.rank(name);
      const layout =
        chosen(options, rank) ?? outputLayout(name, rank, producers.get(name), model, inputLayouts);
      layouts[name] ??= layout;
      return { name, perm: borderPerm(rank, layout) };
    });
    const meta = { onnx: { ...about.onnx, layouts } };
    return finishGraph(raising, inputs, outputs, { name: about.name, meta });
  });
  const report: OnnxImportReport = {
    opset,
    producer: about.onnx.producer,
    fileNodes: nodes.length,
    foldedNodes,
    operators: countOperators(graph),
    layouts,
    notes: [...raising.notes],
  };
  return { graph, report };
}

function opsetOf(model: ModelProto): number {
  const own = model.opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx');
  const { node } = model.graph;
  // Trees and the like alone: what they are is told below.
  const foreign = !own && node.every(({ domain }) => domain && domain !== 'ai.onnx');
  const version = foreign ? OPSETS[1] : (own?.version ?? 0);
  if (version >= OPSETS[0] && version <= OPSETS[1]) return version;
  throw new PocketlensError(
    'unsupported_operator',
    `Expected ONNX operators of set ${OPSETS[0]} to ${OPSETS[1]} but the file has set ${version}.`,
    { remedy: 'Convert the file to operator set 17.' },
  );
}

function checkOptions(model: ModelProto, { inputShapes = {} }: OnnxImportOptions): void {
  const names = model.graph.input.map(({ name }) => name);
  for (const [name, shape] of Object.entries(inputShapes)) {
    if (!names.includes(name))
      throw expected('invalid_argument', `an input (${names.join(', ')})`, 'inputShapes', name);
    if (!shape.every((d) => d === null || (Number.isSafeInteger(d) && d >= 1)))
      throw expected('invalid_argument', 'sizes of 1 or more', `inputShapes of "${name}"`, [...shape]);
  }
}

/** The nodes that the outputs need, in the file's order. */
function neededNodes({ graph }: ModelProto): OnnxNode[] {
  const wanted = new Set(graph.output.map(({ name }) => name));
  const kept: OnnxNode[] = [];
  for (let i = graph.node.length - 1; i >= 0; i--) {
    const node = new OnnxNode(graph.node[i]!, i);
    if (!node.outputs.some((name) => name !== '' && wanted.has(name))) continue;
    for (const name of node.inputs) wanted.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

function consumersOf(nodes: readonly OnnxNode[]): Map<string, OnnxNode[]> {
  const consumers = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const name of node.inputs) {
      const list = consumers.get(name);
      if (list) list.push(node);
      else consumers.set(name, [node]);
    }
  }
  return consumers;
}

function chosen({ layout = 'auto' }: OnnxImportOptions, rank: number): FileLayout | undefined {
  return layout === 'auto' ? undefined : rank === 4 ? layout : 'other';
}

function raiseInputs(
  model: ModelProto,
  options: OnnxImportOptions,
  consumers: ReadonlyMap<string, readonly OnnxNode[]>,
  raising: Raising,
  layouts: Record<string, FileLayout>,
): TensorSpec[] {
  const inputs = told({ name: 'the inputs', op: 'Input' }, () =>
    fileInputs(model.graph, options.inputShapes ?? {}, consumers),
  );
  return inputs.map((input) => {
    const { name, dims } = input;
    if (Object.hasOwn(layouts, name)) throw corrupt(`Expected distinct inputs but "${name}" stands twice.`);
    const layout = chosen(options, dims.length) ?? inputLayout(input, model, consumers);
    layouts[name] = layout;
    if (input.type !== 'float32')
      raising.notes.add(`Input "${name}" takes float32, and no longer ${input.type}.`);
    return { id: name, shape: raising.input(name, name, dims, borderPerm(dims.length, layout)) };
  });
}

/** Runs `f`; what the graph can't say is noted down, and undefined returned. */
function collect<T>(
  failed: UnsupportedNode[],
  { name, op }: { name: string; op: string },
  f: () => T,
): T | undefined {
  try {
    return f();
  } catch (cause) {
    if (cause instanceof Unavailable) return undefined;
    if (!(cause instanceof Unsupported)) throw cause;
    failed.push({ node: name, op, variant: cause.message });
    return undefined;
  }
}

/** Runs `f`. @throws unsupported_operator where it asks for what the graph can't say */
function told<T>(what: { name: string; op: string }, f: () => T): T {
  const failed: UnsupportedNode[] = [];
  const result = collect(failed, what, f);
  if (failed.length > 0) throw unsupportedError(failed);
  if (result === undefined) throw corrupt(`Expected ${what.name} of the file but found none.`);
  return result;
}

/** @returns how many nodes were folded @throws unsupported_operator for all that can't be read */
function raiseNodes(nodes: readonly OnnxNode[], raising: Raising): number {
  const failed: UnsupportedNode[] = [];
  let folded = 0;
  for (const node of nodes) {
    raising.enter(node);
    for (const name of node.outputs)
      if (name !== '' && raising.isBound(name))
        throw corrupt(`Expected a new tensor but "${name}" is there already.`);
    collect(failed, node, () => {
      const constants = fold(node, raising);
      if (constants) {
        folded++;
        node.outputs.forEach((name, i) => {
          if (name !== '' && constants[i]) raising.bindConstant(name, constants[i]);
        });
      } else if (Object.hasOwn(OPERATOR_IMPORTERS, node.op)) OPERATOR_IMPORTERS[node.op]!(node, raising);
      else throw new Unsupported();
      node.outputs.forEach((name, i) => {
        if (name !== '' && !raising.isBound(name)) raising.refuse(name, `with its output ${i}`);
      });
    });
    for (const name of node.outputs) if (name !== '' && !raising.isBound(name)) raising.bindUnavailable(name);
  }
  if (failed.length > 0) throw unsupportedError(failed);
  return folded;
}

function aboutFile(model: ModelProto, opset: number, options: OnnxImportOptions) {
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 1024) : '');
  const producer = [text(model.producerName), text(model.producerVersion)].filter(Boolean).join(' ');
  const metadata = model.metadataProps
    .filter(({ key }) => key && key !== 'pocketlens.layouts')
    .map(({ key, value }) => [key, value ?? ''] as const);
  return {
    name: options.name ?? readableName(text(model.graph.name)) ?? 'onnx',
    onnx: {
      producer,
      opset,
      irVersion: model.irVersion ?? 0,
      ...(metadata.length > 0 && { metadata: Object.fromEntries(metadata) }),
    },
  };
}

function countOperators(graph: Graph): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
