/** ONNX Runtime in a browser as the reader's runtime. */
import type { InferenceSession } from 'onnxruntime-web';
import type { BundleRuntime, BundleSession, Tensor } from '../../reader/types.js';
import type { EngineName } from '../protocol.js';

export type Ort = typeof import('onnxruntime-web');

/** More threads than this gain little for networks this small, and warm the phone. */
const MOST_THREADS = 4;

/** Threads need memory that is shared, which browsers give only to pages isolated from other origins. */
export function threadCount(): number {
  return self.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1) : 1;
}

/** @param files URL of ONNX Runtime's module and of its WebAssembly */
export function ortRuntime(
  ort: Ort,
  engine: EngineName,
  files: { readonly mjs: string; readonly wasm: string },
): BundleRuntime {
  ort.env.logLevel = 'error';
  ort.env.wasm.wasmPaths = files;
  ort.env.wasm.numThreads = threadCount();
  const create = async (bytes: Uint8Array): Promise<BundleSession> => {
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [engine],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
    return wrap(ort, session);
  };
  // One after the other: WebGPU refuses a second one meanwhile.
  let last: Promise<unknown> = Promise.resolve();
  return {
    createSession(bytes) {
      const session = last.then(() => create(bytes));
      last = session.catch(() => {});
      return session;
    },
  };
}

function wrap(ort: Ort, session: InferenceSession): BundleSession {
  return {
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, dims }]) => [name, new ort.Tensor('float32', data, dims)]),
      );
      const results = await session.run(tensors);
      const read = async (name: string): Promise<[string, Tensor]> => {
        const tensor = results[name]!;
        const data = (await tensor.getData(true)) as Float32Array;
        return [name, { data, dims: tensor.dims }];
      };
      return Object.fromEntries(await Promise.all(session.outputNames.map(read)));
    },
    dispose: () => session.release(),
  };
}
