/** ONNX Runtime in Node, for `.onnx` and `.ort` files. */
import type { InferenceSession } from 'onnxruntime-node';
import { declineTelemetry } from '../../../../models/base/decline-telemetry.js';
import { PocketlensError } from '../../../../models/base/errors.js';
import type { Tensor } from '../../reader/types.js';
import { invalid } from '../bundle-files.js';
import { firstLine } from '../first-line.js';
import type { ReportedTensor, RuntimeKind, VerifierRuntime, VerifierSession } from './runtime.js';

type Library = typeof import('onnxruntime-node');

export const onnxRuntime: RuntimeKind = {
  formats: ['onnx', 'ort'],
  async find() {
    declineTelemetry();
    const loaded = await import('onnxruntime-node').catch(() => undefined);
    if (!loaded) return undefined;
    const library = (loaded as Library & { default?: Library }).default ?? loaded;
    library.env.logLevel = 'fatal';
    return {
      name: `onnxruntime-node ${library.env.versions.node ?? ''}`.trim(),
      createSession: (bytes) => open(library, bytes),
    } satisfies VerifierRuntime;
  },
};

async function open(library: Library, bytes: Uint8Array): Promise<VerifierSession> {
  let session: InferenceSession;
  try {
    session = await library.InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
  } catch (cause) {
    throw refusal(cause);
  }
  return {
    inputs: session.inputMetadata.map(reported),
    outputs: session.outputMetadata.map(reported),
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { data, dims }]) => [
        name,
        new library.Tensor('float32', data, dims),
      ]);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => [
          name,
          { data: data as Float32Array, dims } satisfies Tensor,
        ]),
      );
    },
    dispose: () => session.release(),
  };
}

function reported(value: InferenceSession.ValueMetadata): ReportedTensor {
  const shape = value.isTensor ? value.shape.map((d) => (typeof d === 'number' ? d : null)) : [];
  return { name: value.name, dtype: value.isTensor ? value.type : 'none', shape };
}

/** Its messages: "No Op registered for …", "… is not a registered function/op", "Could not find an implementation for …". */
function refusal(cause: unknown): PocketlensError {
  const line = firstLine(cause);
  if (
    /not a registered|no op registered|find an implementation|not implemented|unsupported operator/i.test(
      line,
    )
  )
    return new PocketlensError(
      'unsupported_operator',
      `Expected operators that ONNX Runtime has but received: ${line}.`,
      {
        remedy: 'Update ONNX Runtime, or take another format or precision of the bundle.',
        cause,
      },
    );
  return invalid(`Expected a model that ONNX Runtime loads but it says: ${line}.`);
}
