/** ONNX files written node by node, as other programs would write them. */
import {
  type AttributeProto,
  AttributeType,
  DataType,
  encodeModel,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../../../compression/export/onnx/proto.js';
import { floatTensor } from '../../../../compression/export/onnx/tensor.js';
import { Random } from '../../../../models/base/random.js';

/** Numbers are integers; `{ float }` and `{ floats }` are not. */
export type AttributeInput =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | TensorProto;

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeInput>> = {},
  name = '',
): NodeProto {
  const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
  return { name, opType, input: [...input], output: [...output], attribute };
}

function attributeOf(name: string, value: AttributeInput): AttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.int, i: value };
  if (typeof value === 'string')
    return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: AttributeType.ints, ints: [...value] };
  if ('float' in value) return { name, type: AttributeType.float, f: value.float };
  if ('floats' in value) return { name, type: AttributeType.floats, floats: [...value.floats] };
  return { name, type: AttributeType.tensor, t: value as TensorProto };
}

/** Weights between −0.5 and 0.5, of their name. */
export function weights(name: string, dims: readonly number[]): TensorProto {
  const random = new Random(17, name);
  const size = dims.reduce((product, d) => product * d, 1);
  return floatTensor(
    name,
    dims,
    Float32Array.from({ length: size }, () => random.range(-0.5, 0.5)),
  );
}

export function floats(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TensorProto {
  return floatTensor(name, dims, Float32Array.from(values));
}

export function integers(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
  type: 'int64' | 'int32' | 'int8' | 'uint8' = 'int64',
): TensorProto {
  const list = type === 'int64' ? { int64Data: [...values] } : { int32Data: [...values] };
  return { name, dims: [...dims], dataType: DataType[type], ...list };
}

export interface FileInput {
  readonly nodes: readonly NodeProto[];
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  readonly constants?: readonly TensorProto[];
  readonly opset?: number;
}

export function model({ nodes, inputs, outputs, constants = [], opset = 17 }: FileInput): ModelProto {
  const info = (name: string, dims?: readonly (number | string)[]) => {
    const dim = dims?.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
    const tensorType = { elemType: DataType.float32, ...(dim && { shape: { dim } }) };
    return { name, type: { tensorType } } as ModelProto['graph']['input'][number];
  };
  return {
    irVersion: 8,
    graph: {
      name: 'file',
      node: [...nodes],
      initializer: [...constants],
      input: Object.entries(inputs).map(([name, dims]) => info(name, dims)),
      output: outputs.map((name) => info(name)),
    },
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: [],
  };
}

export const file = (input: FileInput): Uint8Array => encodeModel(model(input));
