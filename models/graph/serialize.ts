/**
 * A graph as one safetensors file: its params as tensors under their ids, the rest as JSON in the metadata. Stock
 * safetensors readers see a plain set of weights; of encoded params they see the codes, one byte each.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { PocketlensError } from '../base/errors.js';
import {
  describeEncoding,
  type EncodingDescription,
  encodedTensors,
  encodingDescription,
  takeEncoded,
} from './encoded-tensors.js';
import type { Graph, Param, ParamId } from './ir.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type SafetensorsTensor,
} from './safetensors.js';
import { validate } from './validate.js';

const FORMAT = 'pocketlens.graph';
/** 2 where params are encoded, which readers of version 1 do not know. */
const VERSIONS = { plain: 1, encoded: 2 } as const;

const name = z.string().min(1).max(1024);
const dimension = z.int().min(1).nullable();
const attribute = z.union([
  z.number(),
  z.string(),
  z.boolean(),
  z.null(),
  z.array(z.number()).readonly(),
  z.array(z.string()).readonly(),
]);
const description = z.strictObject({
  version: z.union([z.literal(VERSIONS.plain), z.literal(VERSIONS.encoded)]),
  name: z.string(),
  inputs: z.array(z.strictObject({ id: name, shape: z.array(dimension).max(16) })),
  outputs: z.array(name),
  nodes: z.array(
    z.strictObject({
      id: name,
      op: name,
      inputs: z.array(name),
      outputs: z.array(name),
      params: z.record(z.string(), name),
      attrs: z.record(z.string(), attribute),
    }),
  ),
  /** Params that the optimizer leaves alone. */
  frozen: z.array(name),
  /** Params whose tensors hold codes. */
  encodings: z.record(name, encodingDescription).optional(),
  meta: z.record(z.string(), z.unknown()),
});

/** All but the tensors, as JSON; equal graphs give equal text. @throws invalid_graph where `meta` is no JSON */
export function describeGraph(graph: Graph): string {
  const frozen = [...graph.params].filter(([, param]) => !param.trainable).map(([id]) => id);
  const { inputs, outputs, nodes, meta } = graph;
  const encoded = [...graph.params].filter(([, param]) => param.encoding);
  const json = {
    version: encoded.length > 0 ? VERSIONS.encoded : VERSIONS.plain,
    name: graph.name,
    inputs,
    outputs,
    nodes,
    frozen: frozen.sort(),
    encodings:
      encoded.length > 0
        ? Object.fromEntries(encoded.map(([id, param]) => [id, describeEncoding(param.encoding!)]))
        : undefined,
    meta,
  };
  return canonicalJson(json);
}

/** Equal graphs give equal bytes. @throws invalid_graph */
export function encodeGraph(graph: Graph): Uint8Array {
  validate(graph);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [id, param] of graph.params)
    if (!param.encoding) tensors.set(id, { dtype: 'F32', shape: param.shape, data: param.data });
  for (const [id, param] of graph.params) {
    if (!param.encoding) continue;
    for (const [name, tensor] of encodedTensors(id, param)) {
      if (tensors.has(name))
        throw new PocketlensError('invalid_graph', `Expected a param of another name than "${name}".`);
      tensors.set(name, tensor);
    }
  }
  return encodeSafetensors({ tensors, metadata: { format: FORMAT, graph: describeGraph(graph) } });
}

/** @throws model_corrupt where the bytes hold no sound graph, unsupported_operator where one is unknown here. */
export function decodeGraph(bytes: Uint8Array): Graph {
  const file = decodeSafetensors(bytes);
  if (file.metadata.format !== FORMAT || file.metadata.graph === undefined) {
    throw corrupt('holds no graph of Pocketlens');
  }
  const json = parseDescription(file.metadata.graph);
  const frozen = new Set(json.frozen);
  const graph: Graph = {
    name: json.name,
    inputs: json.inputs,
    outputs: json.outputs,
    nodes: json.nodes,
    params: readParams(file, frozen, json.encodings ?? {}),
    meta: json.meta,
  };
  try {
    return validate(graph);
  } catch (cause) {
    if (!(cause instanceof PocketlensError) || cause.code !== 'invalid_graph') throw cause;
    throw corrupt(`holds a graph that is not sound: ${cause.message}`, cause);
  }
}

/** Writes beside the target and renames, so that the target is whole at any time. @throws output_unwritable */
export async function saveGraph(path: string, graph: Graph): Promise<void> {
  const bytes = encodeGraph(graph);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new PocketlensError(
      'output_unwritable',
      `Expected to write "${path}" but failed: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
}

/** @throws model_not_found, model_corrupt */
export async function loadGraph(path: string): Promise<Graph> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new PocketlensError(
      'model_not_found',
      `Expected a model at "${path}" but failed: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
  try {
    return decodeGraph(bytes);
  } catch (cause) {
    if (!(cause instanceof PocketlensError)) throw cause;
    throw new PocketlensError(cause.code, `"${path}": ${cause.message}`, {
      details: { ...cause.details, path },
      ...(cause.remedy ? { remedy: cause.remedy } : {}),
      cause,
    });
  }
}

function corrupt(what: string, cause?: unknown): PocketlensError {
  return new PocketlensError('model_corrupt', `Expected a model but the file ${what}.`, {
    remedy: 'Get the file again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseDescription(text: string): z.infer<typeof description> {
  try {
    return description.parse(JSON.parse(text));
  } catch (cause) {
    throw corrupt('holds a graph that cannot be read', cause);
  }
}

function readParams(
  file: Safetensors,
  frozen: ReadonlySet<ParamId>,
  encodings: Readonly<Record<ParamId, EncodingDescription>>,
): Map<ParamId, Param> {
  const params = new Map<ParamId, Param>();
  const tensors = new Map(file.tensors);
  for (const [id, description] of Object.entries(encodings)) {
    try {
      params.set(id, { ...takeEncoded(tensors, id, description), trainable: !frozen.has(id) });
    } catch (fault) {
      throw fault instanceof RangeError ? corrupt(fault.message) : fault;
    }
  }
  for (const [id, { dtype, shape, data }] of tensors) {
    if (!(data instanceof Float32Array)) throw corrupt(`holds param "${id}" as ${dtype}, not F32`);
    params.set(id, { shape, data, trainable: !frozen.has(id) });
  }
  for (const id of frozen) if (!params.has(id)) throw corrupt(`lacks param "${id}"`);
  return params;
}

/** JSON with sorted keys. @throws invalid_graph where the value is no JSON. */
function canonicalJson(value: unknown, path = 'graph'): string {
  if (Array.isArray(value)) return `[${value.map((v, i) => canonicalJson(v, `${path}[${i}]`)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as Record<string, unknown>).filter(([, v]) => v !== undefined);
    const parts = entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v, `${path}.${key}`)}`);
    return `{${parts.join(',')}}`;
  }
  const isJson = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
  if (!isJson)
    throw new PocketlensError('invalid_graph', `Expected JSON for ${path} but received ${String(value)}.`);
  return JSON.stringify(value);
}
