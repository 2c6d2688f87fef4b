/** Calls kernels of the native TensorFlow library that TensorFlow.js has no name for. */
import * as tf from '@tensorflow/tfjs-core';

/** The name under which tfjs-node registers itself. */
export const TENSORFLOW_BACKEND = 'tensorflow';

export interface KernelAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The parts of tfjs-node's backend that are used here. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  readonly tensorMap: { set(id: object, value: object): void };
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeMultipleOutputs(
    kernel: string,
    attributes: readonly KernelAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** True when the current backend is native TensorFlow, so that `execute` works. */
export function isNative(): boolean {
  return tf.getBackend() === TENSORFLOW_BACKEND;
}

function backend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/**
 * Runs one TensorFlow kernel eagerly. Nothing is recorded for gradients: wrap it in `tf.customGrad`. The outputs belong
 * to the current `tf.tidy`.
 * @param kernel its name in TensorFlow's op registry.
 */
export function execute(
  kernel: string,
  attributes: readonly KernelAttribute[],
  inputs: readonly tf.Tensor[],
  outputs = 1,
): tf.Tensor[] {
  return backend().executeMultipleOutputs(kernel, attributes, inputs, outputs);
}

type NativeType = 'float32' | 'int32' | 'int64' | 'bool' | 'resource';
const TYPE_CONSTANTS: Readonly<Record<NativeType, string>> = {
  float32: 'TF_FLOAT',
  int32: 'TF_INT32',
  int64: 'TF_INT64',
  bool: 'TF_BOOL',
  resource: 'TF_RESOURCE',
};

function constant(name: string): number {
  return backend().binding[name] as number;
}

/** Makers of kernel attributes. */
export const attribute = {
  type: (name: string, value: NativeType): KernelAttribute => ({
    name,
    type: constant('TF_ATTR_TYPE'),
    value: constant(TYPE_CONSTANTS[value]),
  }),
  float: (name: string, value: number): KernelAttribute => ({ name, type: constant('TF_ATTR_FLOAT'), value }),
  /** An integer or a list of them. */
  int: (name: string, value: number | readonly number[]): KernelAttribute => ({
    name,
    type: constant('TF_ATTR_INT'),
    value,
  }),
  bool: (name: string, value: boolean): KernelAttribute => ({ name, type: constant('TF_ATTR_BOOL'), value }),
  string: (name: string, value: string): KernelAttribute => ({
    name,
    type: constant('TF_ATTR_STRING'),
    value,
  }),
  shape: (name: string, value: readonly number[]): KernelAttribute => ({
    name,
    type: constant('TF_ATTR_SHAPE'),
    value,
  }),
};

/** An int32 tensor as int64. TensorFlow.js calls its type int32 still; only kernels may read it. */
export function toInt64(x: tf.Tensor): tf.Tensor {
  const attributes = [
    attribute.type('SrcT', 'int32'),
    attribute.type('DstT', 'int64'),
    attribute.bool('Truncate', false),
  ];
  return execute('Cast', attributes, [x])[0]!;
}

const quieted = new WeakSet<object>();

/** tfjs-node prints a warning for every int64 tensor that a kernel returns; this makes the same tensor without it. */
export function keepInt64Quiet(): void {
  const native = backend();
  if (quieted.has(native)) return;
  quieted.add(native);
  const int64 = constant('TF_INT64');
  const original = native.createOutputTensor.bind(native);
  native.createOutputTensor = (metadata) => {
    if (metadata.dtype !== int64) return original(metadata);
    const dataId = {};
    const { shape, dtype, id } = metadata;
    native.tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: 'int32' }) as tf.Tensor;
  };
}
