/**
 * The part of ONNX's protocol buffers that we write and read. The field numbers are those of the published onnx.proto;
 * unknown fields of a model that we read are skipped. Absent scalars read as undefined, absent lists as [].
 */
import protobuf from 'protobufjs';
import { PocketlensError } from '../../../models/base/errors.js';

/** Element types (TensorProto.DataType). */
export const DataType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;
export type DataTypeCode = (typeof DataType)[keyof typeof DataType];

/** For people: "int64". */
export function dataTypeName(code: number): string {
  return Object.entries(DataType).find(([, known]) => known === code)?.[0] ?? `type ${code}`;
}

/** AttributeProto.AttributeType. */
export const AttributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

export interface TensorProto {
  name?: string;
  dims: number[];
  dataType: number;
  /** Little-endian elements, row-major. */
  rawData?: Uint8Array;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  doubleData?: number[];
  /** 1: the elements lie in another file. */
  dataLocation?: number;
  /** Where: "location", "offset", "length". */
  externalData?: { key: string; value: string }[];
}

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  /** UTF-8. */
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: number[];
  ints?: number[];
  strings?: Uint8Array[];
}

export interface NodeProto {
  name: string;
  opType: string;
  domain?: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
}

export interface DimensionProto {
  dimValue?: number;
  dimParam?: string;
}

export interface ValueInfoProto {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: DimensionProto[] } } };
}

export interface GraphProto {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
}

export interface ModelProto {
  irVersion: number;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: number;
  docString?: string;
  graph: GraphProto;
  opsetImport: { domain?: string; version: number }[];
  metadataProps: { key: string; value: string }[];
}

type FieldRow = readonly [id: number, type: string, rule?: 'repeated'];

/** Message → field → [number, type, rule]. */
const MESSAGES: Record<string, Record<string, FieldRow>> = {
  ModelProto: {
    irVersion: [1, 'int64'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    domain: [4, 'string'],
    modelVersion: [5, 'int64'],
    docString: [6, 'string'],
    graph: [7, 'GraphProto'],
    opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
    metadataProps: [14, 'StringStringEntryProto', 'repeated'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  StringStringEntryProto: { key: [1, 'string'], value: [2, 'string'] },
  GraphProto: {
    node: [1, 'NodeProto', 'repeated'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto', 'repeated'],
    docString: [10, 'string'],
    input: [11, 'ValueInfoProto', 'repeated'],
    output: [12, 'ValueInfoProto', 'repeated'],
    valueInfo: [13, 'ValueInfoProto', 'repeated'],
  },
  NodeProto: {
    input: [1, 'string', 'repeated'],
    output: [2, 'string', 'repeated'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'AttributeProto', 'repeated'],
    docString: [6, 'string'],
    domain: [7, 'string'],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'TensorProto'],
    g: [6, 'GraphProto'],
    floats: [7, 'float', 'repeated'],
    ints: [8, 'int64', 'repeated'],
    strings: [9, 'bytes', 'repeated'],
    type: [20, 'int32'],
  },
  TensorProto: {
    dims: [1, 'int64', 'repeated'],
    dataType: [2, 'int32'],
    floatData: [4, 'float', 'repeated'],
    int32Data: [5, 'int32', 'repeated'],
    int64Data: [7, 'int64', 'repeated'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'double', 'repeated'],
    externalData: [13, 'StringStringEntryProto', 'repeated'],
    dataLocation: [14, 'int32'],
  },
  ValueInfoProto: { name: [1, 'string'], type: [2, 'TypeProto'] },
  TypeProto: { tensorType: [1, 'TensorTypeProto'] },
  TensorTypeProto: { elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto', 'repeated'] },
  DimensionProto: { dimValue: [1, 'int64'], dimParam: [2, 'string'] },
};

let modelType: protobuf.Type | undefined;

function model(): protobuf.Type {
  if (!modelType) {
    const nested = Object.fromEntries(
      Object.entries(MESSAGES).map(([message, fields]) => [
        message,
        {
          // As onnx.proto: a field that is given is written, also when it is 0.
          edition: 'proto2',
          fields: Object.fromEntries(
            Object.entries(fields).map(([name, [id, type, rule]]) => [
              name,
              rule ? { id, type, rule } : { id, type },
            ]),
          ),
        },
      ]),
    );
    modelType = protobuf.Root.fromJSON({ nested }).lookupType('ModelProto');
  }
  return modelType;
}

/** Serialises a model; fields are written in ascending order of their numbers, so equal models give equal bytes. */
export function encodeModel(proto: ModelProto): Uint8Array {
  // protobufjs takes plain objects as they are: a copy by fromObject() would double the weights' memory.
  const bytes = model()
    .encode(proto as unknown as protobuf.Message)
    .finish();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Parses a model. Tensors' `rawData` are views into `bytes`. @throws model_corrupt */
export function decodeModel(bytes: Uint8Array): ModelProto {
  try {
    const type = model();
    // Everything integral in ONNX that we use (dimensions, versions, axes) is far below 2^53.
    const proto = type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as Partial<ModelProto>;
    if (!proto.graph || !proto.opsetImport?.length) throw new Error('it has no graph or no operator set');
    return proto as ModelProto;
  } catch (cause) {
    throw new PocketlensError(
      'model_corrupt',
      `Expected an ONNX model but received ${bytes.length} bytes that do not parse: ${(cause as Error).message}.`,
      { remedy: 'Export the model again.', cause },
    );
  }
}
