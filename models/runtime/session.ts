/**
 * ONNX Runtime sessions in Node. `run` computes on the calling thread (the binding is synchronous inside): to keep an event loop
 * free, open the session in a worker.
 */
import { createHash } from 'node:crypto';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { expected, PocketlensError } from '../base/errors.js';
import { loadOnnxRuntime, type OnnxRuntime } from './load-onnxruntime.js';
import { firstLine, REINSTALL, readModelFile } from './model-file.js';

/** A tensor by value, row-major; `dims` product equals `data.length`. */
export interface RuntimeTensor {
  readonly data: RuntimeData;
  readonly dims: readonly number[];
}

export type RuntimeData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | BigInt64Array;

/** Name, element type and shape of an input or output; a dynamic dimension is null and has its name in `symbols`. */
export interface RuntimeValueInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | null)[];
  readonly symbols: readonly (string | null)[];
}

export interface SessionOptions {
  /** Threads inside one operator; 1 by default. The calling thread is one of them. */
  readonly threads?: number;
  /** Hexadecimal; the model is refused when it differs. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
  /**
   * Keep freed tensors for the next run; true by default. Measured on pages of 2.2 megapixels and lines of twenty widths:
   * a quarter faster than without, and a lower peak of memory too.
   */
  readonly arena?: boolean;
  /** Path of the model where `source` is bytes: for messages only. */
  readonly name?: string;
}

export interface Session {
  readonly inputs: readonly RuntimeValueInfo[];
  readonly outputs: readonly RuntimeValueInfo[];
  /** @throws invalid_argument for feeds that do not fit, inference_failed, interrupted */
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Record<string, RuntimeTensor>>;
  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void>;
}

/** Version of ONNX Runtime. */
export async function runtimeVersion(): Promise<string> {
  return (await loadOnnxRuntime()).env.versions.node ?? 'unknown';
}

/**
 * Opens a model from a path or from bytes.
 * @throws model_not_found, model_corrupt, engine_missing, interrupted
 */
export async function openSession(
  source: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const { threads = 1, sha256, signal } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw expected('invalid_argument', 'a whole number of at least 1', 'threads', threads);
  }
  throwIfAborted(signal);
  const name = options.name ?? (typeof source === 'string' ? source : 'the model');
  // Both take time; neither needs the other.
  const [ort, bytes] = await Promise.all([
    loadOnnxRuntime(),
    typeof source === 'string' ? readModelFile(source) : source,
  ]);
  if (sha256 !== undefined) verifyChecksum(bytes, sha256, name);
  throwIfAborted(signal);
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: options.arena ?? true,
      enableMemPattern: options.arena ?? true,
      logSeverityLevel: 4,
      // Idle threads that spin take the cores from whatever else runs (measured: no gain on an idle machine).
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw new PocketlensError(
      'model_corrupt',
      `Expected an ONNX model in ${name} but it does not load: ${firstLine(cause)}.`,
      {
        remedy: REINSTALL,
        cause,
      },
    );
  }
  return wrap(ort, session, name);
}

/** @throws model_corrupt */
export function verifyChecksum(bytes: Uint8Array, sha256: string, name: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === sha256.toLowerCase()) return;
  throw new PocketlensError(
    'model_corrupt',
    `Expected SHA-256 ${sha256.slice(0, 12)}… for ${name} but received ${actual.slice(0, 12)}… (${bytes.length} bytes).`,
    { remedy: REINSTALL, details: { name, expected: sha256, actual, bytes: bytes.length } },
  );
}

function wrap(ort: OnnxRuntime, session: InferenceSession, name: string): Session {
  const inputs = session.inputMetadata.map(valueInfo);
  const outputs = session.outputMetadata.map(valueInfo);
  let disposed = false;
  return {
    inputs,
    outputs,
    async run(feeds, { signal } = {}) {
      throwIfAborted(signal);
      if (disposed)
        throw new PocketlensError(
          'inference_failed',
          `Expected an open session of ${name} but it is disposed.`,
        );
      const tensors: Record<string, Tensor> = {};
      for (const input of inputs) {
        const feed = feeds[input.name];
        checkFeed(input, feed);
        tensors[input.name] = new ort.Tensor(input.type as 'float32', feed.data as Float32Array, feed.dims);
      }
      let results: InferenceSession.OnnxValueMapType;
      try {
        results = await session.run(tensors);
      } catch (cause) {
        throw new PocketlensError('inference_failed', `Running ${name} failed: ${firstLine(cause)}.`, {
          details: { feeds: Object.fromEntries(Object.entries(feeds).map(([key, { dims }]) => [key, dims])) },
          cause,
        });
      }
      throwIfAborted(signal);
      return Object.fromEntries(
        outputs.map(({ name: output }) => {
          const tensor = results[output] as Tensor;
          return [output, { data: tensor.data as RuntimeData, dims: tensor.dims }];
        }),
      );
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      await session.release();
    },
  };
}

function valueInfo(metadata: InferenceSession.ValueMetadata): RuntimeValueInfo {
  const shape = metadata.isTensor ? metadata.shape : [];
  return {
    name: metadata.name,
    type: metadata.isTensor ? metadata.type : 'unknown',
    shape: shape.map((d) => (typeof d === 'number' ? d : null)),
    symbols: shape.map((d) => (typeof d === 'string' ? d : null)),
  };
}

/** Element type → the array that carries it. */
const ARRAYS: Readonly<Record<string, abstract new (...args: never[]) => RuntimeData>> = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

function checkFeed(input: RuntimeValueInfo, feed: RuntimeTensor | undefined): asserts feed is RuntimeTensor {
  const label = `input "${input.name}"`;
  if (!feed) throw expected('invalid_argument', 'a tensor', label, undefined);
  const type = ARRAYS[input.type];
  if (type && !(feed.data instanceof type)) {
    throw expected('invalid_argument', `a ${type.name}`, label, (feed.data as object)?.constructor?.name);
  }
  const { shape } = input;
  const fits = feed.dims.length === shape.length && shape.every((d, i) => d === null || d === feed.dims[i]);
  if (!fits) {
    const wanted = shape.map((d, i) => d ?? input.symbols[i] ?? '?').join(', ');
    throw expected('invalid_argument', `dimensions [${wanted}]`, label, [...feed.dims]);
  }
  const size = feed.dims.reduce((product, d) => product * d, 1);
  if (size !== feed.data.length)
    throw expected('invalid_argument', `${size} elements`, label, feed.data.length);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new PocketlensError('interrupted', 'The work was interrupted.', { cause: signal.reason });
}
