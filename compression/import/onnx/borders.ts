/** In which order images cross the borders of a file. */
import type { Shape } from '../../../models/graph/ir.js';
import {
  DataType,
  dataTypeName,
  type GraphProto,
  type ModelProto,
  type ValueInfoProto,
} from '../../export/onnx/proto.js';
import { CHANNELS_LAST, identityPerm, type Perm } from '../../perm.js';
import { corrupt, Unsupported } from './errors.js';
import type { OnnxNode } from './onnx-node.js';

/** How the file orders the axes of an image; 'other' for all that is no rank-4 value. */
export type FileLayout = 'NCHW' | 'NHWC' | 'other';

export interface FileInput {
  readonly name: string;
  /** Numbers, names of dynamic sizes, or null. */
  readonly dims: readonly (number | string | null)[];
  /** Of its elements, in the file. */
  readonly type: string;
}

const FLOATS: ReadonlySet<number> = new Set([
  DataType.float32,
  DataType.float16,
  DataType.float64,
  DataType.bfloat16,
]);

/** The inputs that a caller feeds. @throws model_corrupt, Unsupported for integers that are more than pixels */
export function fileInputs(
  graph: GraphProto,
  overrides: Readonly<Record<string, Shape>>,
  consumers: ReadonlyMap<string, readonly OnnxNode[]>,
): FileInput[] {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  return graph.input
    .filter(({ name }) => !constants.has(name))
    .map((info) => {
      const { name } = info;
      if (!name) throw corrupt('Expected a name for every input of the file but one has none.');
      const type = info.type?.tensorType?.elemType ?? DataType.float32;
      const users = consumers.get(name) ?? [];
      // Pixels as bytes become floats before anything else is done with them.
      if (!FLOATS.has(type) && !users.every(({ op }) => op === 'Cast'))
        throw new Unsupported(`"${name}" of ${dataTypeName(type)}`);
      return { name, dims: dimsOf(info, overrides[name]), type: dataTypeName(type) };
    });
}

function dimsOf(info: ValueInfoProto, override: Shape | undefined): FileInput['dims'] {
  const dims = info.type?.tensorType?.shape?.dim;
  if (override) {
    if (dims && dims.length !== override.length)
      throw corrupt(
        `Expected ${dims.length} sizes for input "${info.name}" but received ${override.length}.`,
      );
    return override.map((d, axis) => d ?? dims?.[axis]?.dimParam ?? null);
  }
  if (!dims)
    throw corrupt(
      `Expected a shape for input "${info.name}" but the file tells none: name it in inputShapes.`,
    );
  return dims.map(({ dimValue, dimParam }) => {
    if (dimValue !== undefined && dimValue > 0) {
      if (!Number.isSafeInteger(dimValue))
        throw corrupt(`Expected a size for input "${info.name}" but received ${dimValue}.`);
      return dimValue;
    }
    return dimParam || null;
  });
}

/** Sizes that channels of pictures have and that heights and widths do not. */
const PICTURE_CHANNELS: ReadonlySet<unknown> = new Set([1, 3, 4]);

/** What our own exporter wrote, else what the first steps tell, else what the sizes tell. */
export function inputLayout(
  input: FileInput,
  model: ModelProto,
  consumers: ReadonlyMap<string, readonly OnnxNode[]>,
): FileLayout {
  if (input.dims.length !== 4) return 'other';
  const own = ownLayouts(model);
  if (own) return own[input.name] === 'NHWC' ? 'NHWC' : 'NCHW';
  const users = consumers.get(input.name) ?? [];
  const isTurned = ({ op, ints }: { op: string; ints: readonly number[] | undefined }) =>
    op === 'Transpose' && ints?.join() === '0,3,1,2';
  if (
    users.length > 0 &&
    users.every((node) =>
      isTurned({ op: node.op, ints: node.op === 'Transpose' ? node.ints('perm') : undefined }),
    )
  )
    return 'NHWC';
  const [, second, , last] = input.dims;
  return PICTURE_CHANNELS.has(last) && !PICTURE_CHANNELS.has(second) ? 'NHWC' : 'NCHW';
}

/** @param inputs the layouts of the file's inputs */
export function outputLayout(
  name: string,
  rank: number,
  producer: OnnxNode | undefined,
  model: ModelProto,
  inputs: readonly FileLayout[],
): FileLayout {
  if (rank !== 4) return 'other';
  const own = ownLayouts(model);
  if (own) return own[name] === 'NHWC' ? 'NHWC' : 'NCHW';
  if (producer?.op === 'Transpose' && producer.ints('perm')?.join() === '0,2,3,1') return 'NHWC';
  return inputs.includes('NHWC') ? 'NHWC' : 'NCHW';
}

function ownLayouts(model: ModelProto): Record<string, unknown> | undefined {
  const text = model.metadataProps.find(({ key }) => key === 'pocketlens.layouts')?.value;
  if (!text) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The graph's axis i is the file's axis perm[i]. */
export function borderPerm(rank: number, layout: FileLayout): Perm {
  return layout === 'NCHW' ? CHANNELS_LAST : identityPerm(rank);
}
