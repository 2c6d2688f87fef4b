/** A model in one format and precision: its files, and its inputs and outputs as the runtime names them. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { Graph } from '../../../models/graph/ir.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import type { FORMATS, PRECISIONS, TensorSpec, Variant } from '../manifest/parts.js';
import { costShapes, type ModelSource } from './model-source.js';

export type Format = (typeof FORMATS)[number];
export type Precision = (typeof PRECISIONS)[number];

export interface BuiltVariant {
  readonly variant: Variant;
  /** Path in the bundle → bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** ONNX's operator set that our exporter writes. */
export const OPSET = 17;

/** What each format is for. */
export const RUNTIMES = {
  onnx: { name: 'ONNX Runtime', least: '1.15', opset: OPSET },
  ort: { name: 'ONNX Runtime', least: '1.16', note: 'format of ONNX Runtime, for reduced builds' },
  tflite: { name: 'LiteRT', least: '1.0.1' },
  tfjs: { name: 'TensorFlow.js', least: '4.0', note: 'graph model' },
} as const;

export interface VariantOptions {
  /** Python with ONNX Runtime's converter, for `ort`. */
  readonly python?: string;
  readonly signal?: AbortSignal;
}

/** @throws invalid_argument for an 8-bit graph that is not there, tool_missing, unsupported_operator, interrupted */
export async function buildVariant(
  source: ModelSource,
  format: Format,
  precision: Precision,
  options: VariantOptions = {},
): Promise<BuiltVariant> {
  const stem = `models/${source.card.name}.${precision}`;
  const borders = bordersOf(source.card);
  if (format === 'onnx' || format === 'ort') {
    const onnx = await onnxBytes(source, precision);
    const path = `${stem}.${format}`;
    const bytes = format === 'onnx' ? onnx : await ortBytes(onnx, options);
    // ONNX Runtime's converter fuses operators into others.
    const operators = format === 'onnx' ? { operators: await operatorsOf(onnx) } : {};
    return {
      variant: { format, precision, files: [path], ...borders, ...operators },
      files: new Map([[path, bytes]]),
    };
  }
  const graph = precision === 'int8' ? await source.int8() : await source.float();
  // A network with segments is bound to one side.
  const shapes = source.card.task === 'saliency' ? await costShapes(source) : undefined;
  const fixed = shapes && { inputShapes: shapes };
  if (format === 'tflite') {
    const { exportTflite } = await import('../../../compression/export/tflite/export-tflite.js');
    const path = `${stem}.tflite`;
    const files = new Map([[path, exportTflite(graph, { precision, ...fixed })]]);
    return {
      variant: { format, precision, files: [path], ...channelsLast(borders, shapes, 1) },
      files,
    };
  }
  const { exportTfjs } = await import('../../../compression/export/tfjs/export-tfjs.js');
  const model = exportTfjs(withoutRoundings(graph), { precision, ...fixed });
  const files = new Map([...model.files].map(([name, bytes]) => [`${stem}.tfjs/${name}`, bytes]));
  const { modelTopology } = JSON.parse(new TextDecoder().decode(model.files.get('model.json')));
  const operators = [...new Set((modelTopology.node as { op: string }[]).map(({ op }) => op))].sort();
  return {
    variant: {
      format,
      precision,
      files: [...files.keys()],
      ...channelsLast(borders, shapes, null),
      operators,
    },
    files,
  };
}

async function ortBytes(onnx: Uint8Array, options: VariantOptions): Promise<Uint8Array> {
  const { convertToOrt } = await import('../../../compression/export/ort/convert-to-ort.js');
  return convertToOrt(onnx, options);
}

/** Integer weights alone: TensorFlow.js would compute the roundings of activations one by one, for nothing. */
function withoutRoundings(graph: Graph): Graph {
  const source = new Map(
    graph.nodes
      .filter(({ op, outputs }) => op === 'QuantizeDequantize' && !graph.outputs.includes(outputs[0]!))
      .map(({ inputs, outputs }) => [outputs[0]!, inputs[0]!]),
  );
  const origin = (id: string): string => (source.has(id) ? origin(source.get(id)!) : id);
  const nodes = graph.nodes
    .filter(({ outputs }) => !source.has(outputs[0]!))
    .map((node) => ({ ...node, inputs: node.inputs.map(origin) }));
  return { ...graph, nodes };
}

type Borders = Pick<Variant, 'inputs' | 'outputs'>;

/** Images as ONNX has them, NCHW, from the graph's NHWC; other shapes as they are. */
export const channelsFirst = (shape: readonly number[]): number[] => {
  const [n, h, w, c] = shape;
  return shape.length === 4 ? [n!, c!, h!, w!] : [...shape];
};

/** TensorFlow's formats have images as NHWC. @param shapes of inputs that are fixed @param batch of those that are not */
function channelsLast(
  { inputs, outputs }: Borders,
  shapes: Readonly<Record<string, readonly number[]>> | undefined,
  batch: 1 | null,
): Borders {
  const turn = (tensor: TensorSpec): TensorSpec => {
    const [first, ...rest] = tensor.shape as [number | null, ...(number | null)[]];
    const turned = tensor.layout === 'NCHW' ? [rest[1]!, rest[2]!, rest[0]!] : rest;
    const shape = [...(shapes?.[tensor.name] ?? [shapes ? 1 : (first ?? batch), ...turned])];
    return { ...tensor, shape, layout: tensor.layout.replace('NCHW', 'NHWC') };
  };
  return { inputs: inputs.map(turn), outputs: outputs.map(turn) };
}

/** What apps load is taken as it is; what is not there is exported. */
export async function onnxBytes(source: ModelSource, precision: Precision): Promise<Uint8Array> {
  if (precision === 'int8') {
    await source.int8();
    return source.deployed;
  }
  const { exportOnnx } = await import('../../../compression/export/onnx/export-onnx.js');
  return exportOnnx(await source.float(), precision === 'float16' ? { precision } : {});
}

async function operatorsOf(onnx: Uint8Array): Promise<string[]> {
  const { decodeModel } = await import('../../../compression/export/onnx/proto.js');
  return [...new Set(decodeModel(onnx).graph.node.map(({ opType }) => opType))].sort();
}

/** Role → letters of the axes and, of outputs, what the numbers have gone through. Roles are the graph's names but for these. */
const BORDERS: Readonly<
  Record<
    string,
    {
      layout: string;
      meaning?: string;
      range: [number | null, number | null];
      activation?: 'none' | 'sigmoid';
    }
  >
> = {
  'recognizer/image': { layout: 'NCHW', meaning: 'grey: ink and paper at -1 and 1', range: [null, null] },
  'recognizer/logits': {
    layout: 'NTC',
    meaning: 'a score of every class at every frame',
    range: [null, null],
    activation: 'none',
  },
  'detector/image': { layout: 'NCHW', meaning: 'grey value / 127.5 - 1', range: [-1, 1] },
  'detector/core': {
    layout: 'NCHW',
    meaning: 'logit that a cell belongs to the core of a line',
    range: [null, null],
    activation: 'none',
  },
  'detector/geometry': {
    layout: 'NCHW',
    meaning: 'ln(1 + d / 4) of the distances d to top and bottom, cosine and sine of twice the angle',
    range: [null, null],
    activation: 'none',
  },
  'saliency/image': { layout: 'NCHW', range: [-1, 1] },
  'saliency/pool': { layout: 'NSP', range: [0, 1] },
  'saliency/neighbours': { layout: 'NSS', range: [0, 1] },
  'saliency/paint': { layout: 'NPS', range: [0, 1] },
  'saliency/saliency': {
    layout: 'NCHW',
    meaning: 'probability that a pixel stands out',
    range: [0, 1],
    activation: 'sigmoid',
  },
  'saliency/contour': {
    layout: 'NCHW',
    meaning: 'probability that an outline passes',
    range: [0, 1],
    activation: 'sigmoid',
  },
};

/** Of the onnx variants. */
export function bordersOf(card: ModelCard): Borders {
  const spec = (
    { name, shape, meaning }: ModelCard['format']['inputs'][number],
    role: string,
  ): TensorSpec => {
    const border = BORDERS[`${card.task}/${role}`];
    if (!border) throw new PocketlensError('internal', `Expected to know what "${role}" of ${card.name} is.`);
    const { layout, range, activation } = border;
    return {
      role,
      name,
      dtype: 'float32',
      shape: [...shape],
      layout,
      meaning: border.meaning ?? meaning ?? role,
      ...(activation && { activation }),
      range,
    };
  };
  return {
    inputs: card.format.inputs.map((value) => spec(value, value.name)),
    // A recognizer's one output has whatever name its last node has.
    outputs: card.format.outputs.map((value) =>
      spec(value, card.task === 'recognizer' ? 'logits' : value.name),
    ),
  };
}
