/** A graph as one small file and back, exact to the bit (see README.md for the format). */
import { z } from 'zod';
import { PocketlensError } from '../../models/base/errors.js';
import type { Graph, Param, ParamId } from '../../models/graph/ir.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsTensor,
} from '../../models/graph/safetensors.js';
import { decodeGraph, describeGraph } from '../../models/graph/serialize.js';
import { validate } from '../../models/graph/validate.js';
import { crc32, packCorrupt } from './bytes.js';
import { packParam, unpackParam } from './pack-param.js';
import type { CodingOptions } from './symbols.js';
import { packText, unpackText } from './text.js';
import type { Representation } from './values.js';
import type { ZeroLayout } from './zeros.js';

const FORMAT = 'pocketlens.packed';
const VERSION = '1';
/** Beyond its first 16 MiB a graph may be this many times as large as its file; more is taken for an attack. */
const MOST_EXPANSION = 1024;
const FREE_BYTES = 16 * 2 ** 20;

const mostWeightBytes = (fileBytes: number) => FREE_BYTES + MOST_EXPANSION * fileBytes;

/** How one param lies in the file. */
export interface PackedParamInfo {
  readonly param: ParamId;
  readonly weights: number;
  readonly bytes: number;
  readonly representation: Representation;
  readonly zeros: ZeroLayout;
  /** Order-0 entropy of its values in this layout, bytes: a bound that leaves out tables, scales and zero points. */
  readonly entropyBytes: number;
}

export interface PackedGraph {
  readonly bytes: Uint8Array;
  readonly params: readonly PackedParamInfo[];
  /** Bytes that are no weights: names, offsets, the graph. */
  readonly overheadBytes: number;
}

/** @throws invalid_graph */
export function packGraph(graph: Graph): Uint8Array {
  return packGraphWithReport(graph).bytes;
}

/** `packGraph`, telling how each param was stored. @throws invalid_graph */
export function packGraphWithReport(graph: Graph): PackedGraph {
  const packed = pack(graph, {});
  const weightBytes = packed.params.reduce((sum, { weights }) => sum + 4 * weights, 0);
  // A graph of little but zeros: without entropy coding it is large enough to be read again.
  return weightBytes <= mostWeightBytes(packed.bytes.length) ? packed : pack(graph, { entropy: false });
}

function pack(graph: Graph, options: CodingOptions): PackedGraph {
  validate(graph);
  const description = describeGraph({ ...graph, params: plain(graph) });
  const list = [...graph.params].map(([id, { shape }]) => [id, shape]);
  const text = packText(`${description}\n${JSON.stringify(list)}`, options);
  const tensors = new Map<string, SafetensorsTensor>();
  const add = (name: string, data: Uint8Array) =>
    tensors.set(name, { dtype: 'U8', shape: [data.length], data });
  const infos: PackedParamInfo[] = [];
  for (const [param, value] of graph.params) {
    const { bytes, layout } = packParam(value, options);
    add(param, bytes);
    infos.push({
      param,
      weights: value.data.length,
      bytes: bytes.length,
      representation: layout.representation,
      zeros: layout.zeros,
      entropyBytes: layout.entropyBits / 8,
    });
  }
  let name = 'graph';
  while (graph.params.has(name)) name += '_';
  const crc = crc32([text, ...[...tensors.values()].map(({ data }) => data as Uint8Array)]);
  add(name, text);
  const metadata = {
    format: FORMAT,
    version: VERSION,
    graph: name,
    crc32: crc.toString(16).padStart(8, '0'),
  };
  const bytes = encodeSafetensors({ tensors, metadata });
  const overheadBytes = bytes.length - infos.reduce((sum, info) => sum + info.bytes, 0);
  return { bytes, params: infos, overheadBytes };
}

/** The params without their encodings, which each param's own tensor holds. */
function plain(graph: Graph): ReadonlyMap<ParamId, Param> {
  return new Map(
    [...graph.params].map(([id, { shape, data, trainable }]) => [id, { shape, data, trainable }]),
  );
}

/** Whether the bytes begin as a packed graph does; says nothing of the rest. */
export function isPackedGraph(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(8, 200));
  return head.startsWith('{"__metadata__":{') && head.includes(`"format":"${FORMAT}"`);
}

/** @throws model_corrupt where the bytes hold no sound packed graph, unsupported_operator where one is unknown here */
export function unpackGraph(bytes: Uint8Array): Graph {
  const { metadata, tensors } = decodeSafetensors(bytes);
  if (metadata.format !== FORMAT) throw packCorrupt('the file is of another kind');
  if (metadata.version !== VERSION) throw packCorrupt(`its version is ${metadata.version}, not ${VERSION}`);
  const tensor = (name: string): Uint8Array => {
    const found = tensors.get(name);
    if (found?.dtype !== 'U8' || !(found.data instanceof Uint8Array))
      throw packCorrupt(`"${name}" is missing`);
    return found.data;
  };
  const textBytes = tensor(metadata.graph ?? '');
  const text = unpackText(textBytes, 'its graph');
  const split = text.indexOf('\n');
  const list = readList(text.slice(split + 1), bytes.length);
  if (list.length !== tensors.size - 1) throw packCorrupt('its params are not those of its graph');
  const crc = crc32([textBytes, ...list.map(([id]) => tensor(id))]);
  if (crc.toString(16).padStart(8, '0') !== metadata.crc32) throw packCorrupt('its checksum does not match');
  const params = new Map<ParamId, Param>(
    list.map(([id, shape]) => [id, unpackParam(tensor(id), shape, true, `param "${id}"`)]),
  );
  return readGraph(text.slice(0, Math.max(split, 0)), params);
}

const listSchema = z.array(z.tuple([z.string().min(1).max(1024), z.array(z.int().min(1)).max(16)]));

/** Ids and shapes, in the graph's order. */
function readList(text: string, fileBytes: number): z.infer<typeof listSchema> {
  let list: z.infer<typeof listSchema>;
  try {
    list = listSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw packCorrupt('its list of params cannot be read', cause);
  }
  if (new Set(list.map(([id]) => id)).size !== list.length) throw packCorrupt('a param stands twice');
  const weightBytes = list.reduce(
    (sum, [, shape]) => sum + 4 * shape.reduce((product, d) => product * d, 1),
    0,
  );
  if (!(weightBytes <= mostWeightBytes(fileBytes)))
    throw packCorrupt(`it declares ${weightBytes} bytes of weights in a file of ${fileBytes}`);
  return list;
}

/** Through the plain file's reader, which checks the graph as a whole. */
function readGraph(description: string, encoded: ReadonlyMap<ParamId, Param>): Graph {
  const tensors = new Map<string, SafetensorsTensor>(
    [...encoded].map(([id, { shape, data }]) => [id, { dtype: 'F32', shape, data }]),
  );
  const metadata = { format: 'pocketlens.graph', graph: description };
  try {
    const graph = decodeGraph(encodeSafetensors({ tensors, metadata }));
    const params = new Map<ParamId, Param>();
    for (const [id, param] of encoded)
      params.set(id, { ...param, trainable: graph.params.get(id)!.trainable });
    return validate({ ...graph, params });
  } catch (cause) {
    if (!(cause instanceof PocketlensError) || cause.code === 'unsupported_operator') throw cause;
    throw packCorrupt(`its graph is not sound: ${cause.message}`, cause);
  }
}
