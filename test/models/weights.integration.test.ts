/**
 * The shipped models, on pictures like those they will see: the float models behind them compute what was trained, and what
 * apps load is near to it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodePicture } from '../../apps/files/decode-picture.js';
import { floatModelFolder } from '../../apps/precision/float-models.js';
import { loadGray } from '../../apps/train/load-gray.js';
import { signalToNoise } from '../../compression/quantize/quantize-tensor.js';
import { packageRoot } from '../../models/base/paths.js';
import { preparePage } from '../../models/detector/preprocess.js';
import { loadEngine } from '../../models/engine/load-engine.js';
import { execute } from '../../models/graph/execute.js';
import { decodeGraph } from '../../models/graph/serialize.js';
import { recognizerConfigSchema } from '../../models/recognizer/config.js';
import { stackLines } from '../../models/recognizer/open-recognizer.js';
import { prepareLine } from '../../models/recognizer/preprocess.js';
import {
  modelFolder,
  openModelFolder,
  readCardFile,
  readModelCard,
} from '../../models/runtime/model-folder.js';
import type { Session } from '../../models/runtime/session.js';
import { saliencyConfigSchema } from '../../models/saliency/config.js';
import { deployedSaliency } from '../../models/saliency/deployed-graph.js';
import { saliencyInputShapes } from '../../models/saliency/network.js';
import { networkInput } from '../../models/saliency/network-input.js';
import { segmentFeeds } from '../../models/saliency/segment-feeds.js';

/** Of the largest output: scores reach ±100, where float32 has steps of 1e-5. What they decode to agrees far more closely. */
const TOLERANCE = 1e-5;

/** Ratio of signal to error in decibels that 8 bits leave at least. */
const LEAST_DECIBELS = 18;

type Outputs = readonly Float32Array[];

async function runModel(folder: string, feeds: Parameters<Session['run']>[0]): Promise<Outputs> {
  const { session } = await openModelFolder(folder);
  const results = await session.run(feeds);
  await session.dispose();
  return session.outputs.map(({ name }) => results[name]!.data as Float32Array);
}

/** The float model and the one that apps load, against what TensorFlow.js computes. */
async function checkDeployed(
  name: string,
  feeds: Parameters<Session['run']>[0],
  trained: Outputs,
  tolerance: number,
): Promise<void> {
  const float = await runModel(await floatModelFolder(undefined, name), feeds);
  const shipped = await runModel(modelFolder(name), feeds);
  for (const [i, wanted] of trained.entries()) {
    expect(float[i]!.length).toBe(wanted.length);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const worst = float[i]!.reduce((most, value, k) => Math.max(most, Math.abs(value - wanted[k]!)), 0);
    expect(worst / largest).toBeLessThanOrEqual(tolerance);
    expect(signalToNoise(wanted, shipped[i]!)).toBeGreaterThan(LEAST_DECIBELS);
  }
}

let cache: string;
beforeAll(async () => {
  cache = mkdtempSync(join(tmpdir(), 'pocketlens-weights-'));
  vi.stubEnv('POCKETLENS_CACHE', cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

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
    const card = await readModelCard(modelFolder(name));
    const graph = decodeGraph(await readCardFile(modelFolder(name), card, 'weights'));
    const { data, width, height } = await inputs[name](card.config);
    const trained = tf.tidy(() => {
      const outputs = execute(graph, { image: tf.tensor4d(data, [1, height, width, 1]) });
      // Rank 4 is NCHW in the file.
      return outputs.map(
        (x) => (x.rank === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x).dataSync() as Float32Array,
      );
    });
    await checkDeployed(name, { image: { data, dims: [1, 1, height, width] } }, trained, TOLERANCE);
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
    const card = await readModelCard(modelFolder('saliency'));
    const trained = decodeGraph(await readCardFile(modelFolder('saliency'), card, 'weights'));
    const { side, segment } = saliencyConfigSchema.parse(card.config);
    const picture = await decodePicture({ path: `${packageRoot()}/samples/dog.jpg` });
    const { data, pixels } = networkInput(picture, side);
    const { pool, neighbours, paint, slots } = segmentFeeds(pixels, segment!.counts);
    const matrices = { pool, neighbours, paint };
    const sizes = saliencyInputShapes(saliencyConfigSchema.parse(card.config));
    const feeds = Object.entries(matrices).map(([id, values]) => [id, { data: values, dims: sizes[id]! }]);
    const wanted = tf.tidy(() => {
      const image = tf.transpose(tf.tensor4d(data, [1, 3, side, side]), [0, 2, 3, 1]);
      const given = Object.entries(matrices).map(([id, values]) => [id, tf.tensor(values, sizes[id]!)]);
      const outputs = execute(deployedSaliency(trained), { image, ...Object.fromEntries(given) });
      return outputs.map((map) => map.dataSync() as Float32Array);
    });
    expect(slots).toBe(sizes.pool![1]);
    const given = { image: { data, dims: [1, 3, side, side] }, ...Object.fromEntries(feeds) };
    await checkDeployed('saliency', given, wanted, 1e-4);
    expect(card.files.model!.bytes).toBeLessThan(16e6);
  });
});
