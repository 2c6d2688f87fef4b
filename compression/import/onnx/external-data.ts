/** Weights that lie in a file beside the ONNX file, as PyTorch's exporter writes them by default. */
import type { GraphProto, ModelProto, TensorProto } from '../../export/onnx/proto.js';
import { corrupt } from './errors.js';

/** Gives the whole file that a tensor names, relative to the folder of the ONNX file. */
export type ReadExternal = (location: string) => Uint8Array;

/** Of TensorProto.DataLocation. */
const EXTERNAL = 1;

/**
 * Gives all tensors of the main graph their bytes.
 * @returns how many bytes the other files have @throws model_corrupt where a file ends before a tensor does
 */
export function readExternalTensors({ graph }: ModelProto, read: ReadExternal): number {
  const files = new Map<string, Uint8Array>();
  for (const tensor of tensorsOf(graph)) {
    if (tensor.dataLocation !== EXTERNAL) continue;
    const told = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value ?? '']));
    const location = told.get('location') ?? '';
    const bytes = files.get(location) ?? read(checked(location, tensor));
    files.set(location, bytes);
    const offset = whole(told.get('offset'), 0);
    const length = whole(told.get('length'), bytes.length - offset);
    if (!(length >= 0 && offset + length <= bytes.length))
      throw corrupt(
        `Expected ${length} bytes from ${offset} on for tensor "${tensor.name}" but "${location}" has ${bytes.length}.`,
      );
    tensor.rawData = bytes.subarray(offset, offset + length);
    delete tensor.dataLocation;
  }
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}

function tensorsOf({ initializer, node }: GraphProto): TensorProto[] {
  return [...initializer, ...node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? []))];
}

function whole(text: string | undefined, fallback: number): number {
  return text === undefined || text === '' ? fallback : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** A model that somebody sends must not read other files of this machine. */
function checked(location: string, { name }: TensorProto): string {
  const parts = location.split(/[\\/]/);
  const isInside = location !== '' && !/^([\\/]|[A-Za-z]:)/.test(location) && !parts.includes('..');
  if (isInside && !location.includes('\0')) return location;
  throw corrupt(
    `Expected a file beside the ONNX file for tensor "${name}" but received "${location.slice(0, 200)}".`,
  );
}
