/** TensorFlow.js, for graph models: its native backend where that is set up, else plain JavaScript. */
import type * as tfjs from '@tensorflow/tfjs';
import { PocketlensError } from '../../../../models/base/errors.js';
import { invalid } from '../bundle-files.js';
import { firstLine } from '../first-line.js';
import type { RuntimeKind, VerifierSession } from './runtime.js';

export const tfjsRuntime: RuntimeKind = {
  formats: ['tfjs'],
  async find() {
    const tf = await import('@tensorflow/tfjs').catch(() => undefined);
    if (!tf) return undefined;
    tf.enableProdMode();
    await tf.ready();
    return {
      name: `tfjs ${tf.version.tfjs} (${tf.getBackend()})`,
      createSession: (bytes, more) => open(tf, bytes, more),
    };
  },
};

async function open(
  tf: typeof tfjs,
  bytes: Uint8Array,
  more: ReadonlyMap<string, Uint8Array>,
): Promise<VerifierSession> {
  const model = await load(tf, bytes, more);
  const signature = model.modelSignature as { outputs: Record<string, { name: string }> };
  return {
    async run(feeds) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, dims }]) => [name, tf.tensor(data, [...dims])]),
      );
      const names = Object.keys(signature.outputs);
      const found = [model.execute(tensors, names) as tfjs.Tensor | tfjs.Tensor[]].flat();
      const results = await Promise.all(
        found.map(async (tensor, i) => {
          const data = (await tensor.data()) as Float32Array;
          return [names[i]!, { data, dims: tensor.shape }] as const;
        }),
      );
      tf.dispose([...Object.values(tensors), ...found]);
      return Object.fromEntries(results);
    },
    dispose: () => model.dispose(),
  };
}

async function load(tf: typeof tfjs, bytes: Uint8Array, more: ReadonlyMap<string, Uint8Array>) {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as tfjs.io.ModelJSON;
    const weights = json.weightsManifest[0]!;
    const parts = weights.paths.map((name) => {
      const found = [...more].find(([path]) => path.endsWith(`/${name}`));
      if (!found) throw new Error(`no shard ${name}`);
      return found[1];
    });
    const artifacts: tfjs.io.ModelArtifacts = {
      ...json,
      weightSpecs: weights.weights,
      weightData: new Uint8Array(Buffer.concat(parts)).buffer,
    };
    return await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  } catch (cause) {
    const line = firstLine(cause);
    if (/unknown op|not supported|is not registered/i.test(line))
      throw new PocketlensError(
        'unsupported_operator',
        `Expected operators that TensorFlow.js has but received: ${line}.`,
        { cause },
      );
    throw invalid(`Expected a graph model that TensorFlow.js loads but it says: ${line}.`);
  }
}
