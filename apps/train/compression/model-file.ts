/** Models as the compress command takes and gives them: a model folder, a graph (.safetensors, or .packed) or an ONNX file. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { packGraph } from '../../../compression/pack/pack-graph.js';
import { loadPackedGraph } from '../../../compression/pack/packed-file.js';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import type { Graph, Shape } from '../../../models/graph/ir.js';
import { decodeGraph, encodeGraph, loadGraph } from '../../../models/graph/serialize.js';
import type { ModelCard } from '../../../models/runtime/model-card.js';
import { readModelFile } from '../../../models/runtime/model-file.js';
import { CARD_FILE, modelFolder, readCardFile, readModelCard } from '../../../models/runtime/model-folder.js';
import { writeFileWhole } from '../../files/write-file.js';
import { type ModelCardDraft, writeModelFolder } from '../write-model-folder.js';

/** A packed file takes the ONNX file's place in a model folder where it is at most this share of it. */
const PACKED_GAIN = 0.75;

export interface ReadModel {
  readonly graph: Graph;
  /** Of a model folder. */
  readonly card?: ModelCard;
  /** What differs from an ONNX file, in sentences. */
  readonly notes?: readonly string[];
}

const ONNX = '.onnx';
const GRAPH = '.safetensors';
const PACKED = '.packed';
const FILES: readonly string[] = [ONNX, GRAPH, PACKED];

/**
 * @param source a path, or the name of a shipped model
 * @param inputShapes of an ONNX file, in place of its own
 * @throws model_not_found, model_corrupt, unsupported_operator, invalid_graph for NaN weights
 */
export async function readModel(
  source: string,
  inputShapes: Readonly<Record<string, Shape>> = {},
): Promise<ReadModel> {
  const suffix = extname(source).toLowerCase();
  if (suffix === PACKED) return { graph: await loadPackedGraph(source) };
  if (suffix === GRAPH) return { graph: await loadGraph(source) };
  if (suffix === ONNX) return readOnnx(source, inputShapes);
  const folder = existsSync(join(source, CARD_FILE)) ? source : modelFolder(source);
  if (!existsSync(join(folder, CARD_FILE))) {
    throw expected(
      'model_not_found',
      'a model folder or a .safetensors, .packed or .onnx file',
      'the model',
      source,
      {
        remedy: 'Shipped models go by their names: recognizer, detector, saliency.',
      },
    );
  }
  const card = await readModelCard(folder);
  return { graph: decodeGraph(await readCardFile(folder, card, 'weights')), card };
}

async function readOnnx(source: string, inputShapes: Readonly<Record<string, Shape>>): Promise<ReadModel> {
  if (!existsSync(source))
    throw expected('model_not_found', 'an ONNX file', 'the model', source, { remedy: 'Check the path.' });
  const { importOnnx } = await import('../../../compression/import/onnx/import-onnx.js');
  const { graph, report } = importOnnx(await readModelFile(source), {
    inputShapes,
    readExternal: (location) => {
      const path = join(dirname(source), location);
      try {
        return readFileSync(path);
      } catch (cause) {
        throw expected('model_not_found', `the weights of ${source}`, 'its folder', location, {
          remedy: `Put ${location} beside it, or export the model into one file.`,
          cause,
        });
      }
    },
  });
  return { graph, notes: report.notes };
}

export interface WrittenModel {
  /** The result. */
  readonly graph: Graph;
  /** The same as it ships. */
  readonly deployed: Graph;
  /** The last float graph on the way to it that training can go on from. */
  readonly float: Graph;
  /** The parent's, and what changes in it. */
  readonly card?: ModelCard;
  readonly metrics: ModelCard['metrics'];
  readonly macs?: { readonly macs: number; readonly macsAt: readonly number[] };
  readonly compression: ModelCard['compression'];
  readonly compressed: NonNullable<ModelCard['compressed']>;
}

/** Refuses, before the work, what could not be written after it. @throws invalid_argument */
export function checkOutput(output: string, source: string, hasCard: boolean): void {
  if (resolve(output) === resolve(source)) {
    throw expected('invalid_argument', 'another path than the model', '--output', output, {
      remedy: 'The input is never changed.',
    });
  }
  const suffix = extname(output).toLowerCase();
  const isFile = FILES.includes(suffix);
  if (isFile && statSync(output, { throwIfNoEntry: false })?.isDirectory())
    throw expected('invalid_argument', 'a file', '--output', output);
  if (!isFile && !hasCard) {
    throw expected('invalid_argument', 'a .safetensors, .packed or .onnx file', '--output', output, {
      remedy: 'Only a model folder becomes a model folder again: the card is made from its card.',
    });
  }
  if (!isFile && existsSync(output) && !existsSync(join(output, CARD_FILE))) {
    throw expected('invalid_argument', 'a new folder or one of a model', '--output', output, {
      remedy: 'What is in a folder is replaced as a whole: name another.',
    });
  }
}

/** By the output's suffix; everything by rename. @throws output_unwritable */
export async function writeModel(output: string, model: WrittenModel): Promise<void> {
  const suffix = extname(output).toLowerCase();
  if (suffix === GRAPH) return writeFileWhole(output, encodeGraph(model.graph));
  if (suffix === PACKED) return writeFileWhole(output, packGraph(model.graph));
  const onnxBytes = exportOnnx(model.deployed, { channelsLast: channelsLast(model.deployed) });
  if (suffix === ONNX) return writeFileWhole(output, onnxBytes);
  const { card, metrics, macs, compression, compressed } = model;
  if (!card) throw new PocketlensError('internal', 'Expected a card for a model folder but found none.');
  const draft: ModelCardDraft = {
    ...cardDraft(card),
    format: { opset: card.format.opset, precision: precisionOf(model.deployed), meanings: meaningsOf(card) },
    metrics,
    ...(macs && { size: { macs: macs.macs, macsAt: [...macs.macsAt] } }),
    // What was only done to the parent's deployed model was not done to this one, which is made of the parent's weights.
    compression: [...card.compression.filter(({ deployedOnly }) => deployedOnly !== true), ...compression],
    compressed,
  };
  // What ONNX has no type for is small only when packed.
  const packed = packGraph(model.deployed);
  const isSmall = packed.length < PACKED_GAIN * onnxBytes.length;
  await writeModelFolder(output, {
    graph: model.float,
    onnxBytes,
    card: draft,
    ...(isSmall && { packed }),
  });
}

/** Who feeds the compressed file fed the one that it was made of: its images stay in the order that they had. */
function channelsLast({ meta, inputs, outputs }: Graph): Set<string> {
  const { layouts } = (meta.onnx ?? {}) as { readonly layouts?: Readonly<Record<string, unknown>> };
  const border = [...inputs.map(({ id }) => id), ...outputs];
  return new Set(border.filter((id) => layouts?.[id] === 'NHWC'));
}

function cardDraft(card: ModelCard) {
  const {
    schemaVersion: _version,
    files: _files,
    format: _format,
    size: _size,
    compressed: _before,
    ...rest
  } = card;
  return rest;
}

function meaningsOf({ format: { inputs, outputs } }: ModelCard): Record<string, string> {
  return Object.fromEntries(
    [...inputs, ...outputs].flatMap(({ name, meaning }) => (meaning === undefined ? [] : [[name, meaning]])),
  );
}

/** Share of the weights in 8 bits from which on a model is called "int8": the rest are stems and what hands out float. */
const INT8_SHARE = 0.9;

/** "int8" where nearly all weights are of 8 bits, "mixed" where some are in float or in fewer. */
function precisionOf(graph: Graph): ModelCard['format']['precision'] {
  let [all, encoded, eight] = [0, 0, 0];
  for (const { params } of graph.nodes) {
    const param = graph.params.get(params.weight ?? params.kernel ?? '');
    if (!param) continue;
    all += param.data.length;
    if (param.encoding) encoded += param.data.length;
    if (param.encoding?.kind === 'affine' && param.encoding.bits === 8) eight += param.data.length;
  }
  if (encoded === 0) return 'float32';
  return eight === encoded && eight >= INT8_SHARE * all ? 'int8' : 'mixed';
}
