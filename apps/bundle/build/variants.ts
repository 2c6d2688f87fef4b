/** A model in one format and precision: its files, and its inputs and outputs as the runtime names them. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import type { FORMATS, PRECISIONS, TensorSpec, Variant } from '../manifest/parts.js';
import type { ModelSource } from './model-source.js';

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
  ort: { name: 'ONNX Runtime', least: '1.15', note: 'format of ONNX Runtime, for reduced builds' },
  tflite: { name: 'LiteRT (TensorFlow Lite)', least: '2.14' },
  tfjs: { name: 'TensorFlow.js', least: '4.0', note: 'graph model' },
} as const;

/** @throws invalid_argument for an 8-bit graph that is not there, tool_missing, unsupported_operator */
export async function buildVariant(
  source: ModelSource,
  format: Format,
  precision: Precision,
): Promise<BuiltVariant> {
  const { card } = source;
  const stem = `models/${card.name}.${precision}`;
  if (format === 'onnx') {
    const bytes = await onnxBytes(source, precision);
    const path = `${stem}.onnx`;
    return {
      variant: { format, precision, files: [path], ...bordersOf(card), operators: await operatorsOf(bytes) },
      files: new Map([[path, bytes]]),
    };
  }
  throw new PocketlensError(
    'invalid_argument',
    `Expected a format that can be written but received "${format}".`,
  );
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
function bordersOf(card: ModelCard): Pick<Variant, 'inputs' | 'outputs'> {
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
