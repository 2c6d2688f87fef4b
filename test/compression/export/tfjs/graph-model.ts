/** TensorFlow.js graph models, loaded from their files as `tf.loadGraphModel` loads them, and run. */
import * as tf from '@tensorflow/tfjs';
import type { Feed } from '../onnx/parity.js';

/** The outputs of each run, in the order of `outputs`. */
export async function runGraphModel(
  files: ReadonlyMap<string, Uint8Array>,
  outputs: readonly string[],
  runs: readonly Readonly<Record<string, Feed>>[],
): Promise<Feed[][]> {
  const model = await tf.loadGraphModel({
    load: () => {
      const json = JSON.parse(new TextDecoder().decode(files.get('model.json'))) as tf.io.ModelJSON;
      return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
        const paths = manifest.flatMap((group) => group.paths);
        const bytes = Buffer.concat(paths.map((path) => files.get(path)!));
        const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
        return [manifest.flatMap((group) => group.weights), data];
      });
    },
  });
  const signature = (model as unknown as { modelSignature: Signature }).modelSignature;
  const names = outputs.map((name) => signature.outputs[name]!.name);
  try {
    return runs.map((feeds) => {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { shape, data }]) => [
          signature.inputs[name]!.name,
          tf.tensor(data, [...shape], 'float32'),
        ]),
      );
      const results = model.execute(inputs, names);
      const tensors = Array.isArray(results) ? results : [results];
      const read = tensors.map((y) => ({ shape: y.shape, data: new Float32Array(y.dataSync()) }));
      tf.dispose([tensors, inputs]);
      return read;
    });
  } finally {
    model.dispose();
  }
}

interface Signature {
  readonly inputs: Readonly<Record<string, { readonly name: string }>>;
  readonly outputs: Readonly<Record<string, { readonly name: string }>>;
}
