/** The shipped models: what apps load computes what was trained, on pictures like those it will see. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../apps/files/decode-picture.js';
import { loadGray } from '../../apps/train/load-gray.js';
import { packageRoot } from '../../models/base/paths.js';
import { preparePage } from '../../models/detector/preprocess.js';
import { loadEngine } from '../../models/engine/load-engine.js';
import { execute } from '../../models/graph/execute.js';
import { decodeGraph } from '../../models/graph/serialize.js';
import { recognizerConfigSchema } from '../../models/recognizer/config.js';
import { stackLines } from '../../models/recognizer/open-recognizer.js';
import { prepareLine } from '../../models/recognizer/preprocess.js';
import { modelFolder, openModelFolder, readCardFile } from '../../models/runtime/model-folder.js';
import { saliencyConfigSchema } from '../../models/saliency/config.js';
import { deploymentGraph, saliencyInputShapes } from '../../models/saliency/network.js';
import { networkInput } from '../../models/saliency/network-input.js';
import { segmentFeeds } from '../../models/saliency/segment-feeds.js';

/** Of the largest output: scores reach ±100, where float32 has steps of 1e-5. What they decode to agrees far more closely. */
const TOLERANCE = 1e-5;

const image = () => loadGray(`${packageRoot()}/samples/selftest.png`);

const inputs = {
  async recognizer(config: unknown) {
    const { preprocessing } = recognizerConfigSchema.parse(config);
    const { data, width } = stackLines([prepareLine(await image(), preprocessing)], preprocessing.height, 32);
    return { data, height: preprocessing.height, width };
  },
  detector: async () => preparePage(await image(), 1),
};

describe.each(['recognizer', 'detector'] as const)('the shipped %s', (name) => {
  beforeAll(async () => {
    await loadEngine({ quiet: true });
  });

  it(`computes in ONNX Runtime what its float graph computes in TensorFlow.js, to ${TOLERANCE}`, async () => {
    const { card, session } = await openModelFolder(modelFolder(name));
    const graph = decodeGraph(await readCardFile(modelFolder(name), card, 'weights'));
    const { data, width, height } = await inputs[name](card.config);
    const deployed = await session.run({ [session.inputs[0]!.name]: { data, dims: [1, 1, height, width] } });
    const trained = tf.tidy(() => execute(graph, { image: tf.tensor4d(data, [1, height, width, 1]) }));
    for (const [i, tensor] of trained.entries()) {
      // Rank 4 is NCHW in the file.
      const expected = await (tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor).data();
      const actual = deployed[session.outputs[i]!.name]!.data as Float32Array;
      expect(actual.length).toBe(expected.length);
      let worst = 0;
      let largest = 1;
      for (let k = 0; k < actual.length; k++) {
        worst = Math.max(worst, Math.abs(actual[k]! - expected[k]!));
        largest = Math.max(largest, Math.abs(expected[k]!));
      }
      expect(worst / largest).toBeLessThanOrEqual(TOLERANCE);
    }
    await session.dispose();
  });

  it('is small, and its card tells its training', async () => {
    const folder = modelFolder(name);
    const { card, session } = await openModelFolder(folder);
    await session.dispose();
    expect((await readFile(`${folder}/model.onnx`)).byteLength).toBe(card.files.model!.bytes);
    expect(card.files.model!.bytes).toBeLessThan(8e6);
    expect(card.training.steps).toBeGreaterThan(0);
    expect(Object.keys(card.metrics).length).toBeGreaterThan(3);
  });
});

describe('the shipped saliency', () => {
  it('computes in ONNX Runtime what its float graph computes in TensorFlow.js, to 1e-4', async () => {
    await loadEngine({ quiet: true });
    const { card, session } = await openModelFolder(modelFolder('saliency'));
    const trained = decodeGraph(await readCardFile(modelFolder('saliency'), card, 'weights'));
    const { side, segment } = saliencyConfigSchema.parse(card.config);
    const picture = await decodePicture({ path: `${packageRoot()}/samples/dog.jpg` });
    const { data, pixels } = networkInput(picture, side);
    const { pool, neighbours, paint, slots } = segmentFeeds(pixels, segment!.counts);
    const matrices = { pool, neighbours, paint };
    const sizes = saliencyInputShapes(saliencyConfigSchema.parse(card.config));
    const feeds = Object.entries(matrices).map(([id, values]) => [id, { data: values, dims: sizes[id]! }]);
    const deployed = await session.run({
      image: { data, dims: [1, 3, side, side] },
      ...Object.fromEntries(feeds),
    });
    const wanted = tf.tidy(() => {
      const image = tf.transpose(tf.tensor4d(data, [1, 3, side, side]), [0, 2, 3, 1]);
      const given = Object.entries(matrices).map(([id, values]) => [id, tf.tensor(values, sizes[id]!)]);
      const outputs = execute(deploymentGraph(trained), { image, ...Object.fromEntries(given) });
      return outputs.map((map) => map.dataSync().slice());
    });
    await session.dispose();
    expect(slots).toBe(sizes.pool![1]);
    for (const [i, name] of ['saliency', 'contour'].entries()) {
      const actual = deployed[name]!.data as Float32Array;
      const off = actual.reduce((most, p, k) => Math.max(most, Math.abs(p - wanted[i]![k]!)), 0);
      expect(off).toBeLessThanOrEqual(1e-4);
    }
    expect(card.files.model!.bytes).toBeLessThan(16e6);
  });
});
