/**
 * The shipped recognizer, quantized by us and by ONNX Runtime's own quantizer on the same lines of the sample pages, where
 * Python has `onnxruntime` and `onnx`; in CI always. Both are judged on other lines of these pages.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGray } from '../../../apps/train/load-gray.js';
import { levenshtein } from '../../../apps/train/scoring/levenshtein.js';
import { foldBatchNorm } from '../../../compression/cleanup/fold-batch-norm.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import type { Feeds } from '../../../compression/pass.js';
import { type QuantizeInput, quantize } from '../../../compression/quantize/quantize.js';
import { signalToNoise } from '../../../compression/quantize/quantize-tensor.js';
import { packageRoot } from '../../../models/base/paths.js';
import { openDetector } from '../../../models/detector/open-detector.js';
import { loadGraph } from '../../../models/graph/serialize.js';
import { recognizerConfigSchema } from '../../../models/recognizer/config.js';
import { recognizerOf, stackLines } from '../../../models/recognizer/open-recognizer.js';
import { prepareLine } from '../../../models/recognizer/preprocess.js';
import { modelFolder } from '../../../models/runtime/model-folder.js';
import { cropQuad } from '../../../models/runtime/rectify.js';
import { openSession } from '../../../models/runtime/session.js';
import { runPython, WITHOUT_PYTHON } from '../python.js';
import { contextOf } from './small-networks.js';

const PAGES = ['scanned-page.png', 'receipt.jpg', 'screenshot.png', 'selftest.png'];

describe.skipIf(WITHOUT_PYTHON)('beside ONNX Runtime’s quantizer', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pocketlens-quantizer-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is as near to the float recognizer, in its scores and in what it reads', async () => {
    const graph = foldBatchNorm(await loadGraph(join(modelFolder('recognizer'), 'model.safetensors'))).graph;
    const config = recognizerConfigSchema.parse(graph.meta.config);
    const lines = await sampleLines();
    const inputs = lines.map((line): Feeds => {
      const { height } = config.preprocessing;
      const { data, width } = stackLines([prepareLine(line, config.preprocessing)], height, 16);
      return { image: { shape: [1, height, width, 1], data } };
    });
    const calibration = inputs.filter((_, i) => i % 2 === 0);
    const judged = lines.map((_, i) => i).filter((i) => i % 2 === 1);
    expect(judged.length).toBeGreaterThan(20);

    const float = exportOnnx(graph);
    const ours = async (options: QuantizeInput) => {
      const context = contextOf(() => ({}), calibration);
      return exportOnnx((await quantize(options).apply(graph, context)).graph);
    };
    const models = {
      float,
      ours: await ours({}),
      whole: await ours({ stems: 'integer', heads: 'integer' }),
      theirs: await referenceQuantized(float, calibration),
    };
    const results = Object.fromEntries(
      await Promise.all(
        Object.entries(models).map(async ([name, bytes]) => {
          const session = await openSession(bytes);
          const scores: number[] = [];
          for (const i of judged) {
            const { data, shape } = inputs[i]!.image!;
            const [, height, width] = shape as [number, number, number, number];
            const result = await session.run({ image: { data, dims: [1, 1, height, width] } });
            for (const value of result[session.outputs[0]!.name]!.data as Float32Array) scores.push(value);
          }
          const recognizer = recognizerOf(session, config);
          const read = await recognizer.read(judged.map((i) => lines[i]!));
          await recognizer.dispose();
          return [name, { scores, texts: read.map(({ text }) => text) }] as const;
        }),
      ),
    );
    const decibels = (name: string) => signalToNoise(results.float!.scores, results[name]!.scores);
    const changed = (name: string) => {
      const edits = judged.map((_, k) => levenshtein(results[name]!.texts[k]!, results.float!.texts[k]!));
      const characters = results.float!.texts.reduce((sum, text) => sum + text.length, 0);
      return (100 * edits.reduce((a, b) => a + b, 0)) / characters;
    };
    const figures = ['ours', 'whole', 'theirs'].map((name) => [name, decibels(name), changed(name)] as const);
    for (const [name, ratio, share] of figures)
      console.log(`${name}: scores ${ratio.toFixed(1)} dB, characters changed ${share.toFixed(2)} %`);
    for (const name of ['ours', 'whole']) {
      expect(decibels(name)).toBeGreaterThan(decibels('theirs') - 0.5);
      expect(changed(name)).toBeLessThanOrEqual(changed('theirs') + 0.3);
    }
  });

  async function referenceQuantized(float: Uint8Array, calibration: readonly Feeds[]): Promise<Uint8Array> {
    const [model, feeds, out] = ['model.onnx', 'feeds.json', 'quantized.onnx'].map((name) =>
      join(folder, name),
    );
    writeFileSync(model!, float);
    const inputs = calibration.map(({ image }, i) => {
      const file = join(folder, `${i}.bin`);
      writeFileSync(file, image!.data);
      const [, height, width] = image!.shape;
      return { shape: [1, 1, height, width], file };
    });
    writeFileSync(feeds!, JSON.stringify({ input: 'image', inputs }));
    const script = join(packageRoot(), 'test', 'compression', 'quantize', 'reference_quantizer.py');
    await runPython([script, model!, feeds!, out!]);
    return readFileSync(out!);
  }
});

async function sampleLines() {
  const detector = await openDetector(modelFolder('detector'));
  try {
    const crops = [];
    for (const page of PAGES) {
      const image = await loadGray(join(packageRoot(), 'samples', page));
      for (const { quad } of await detector.detect(image)) crops.push(cropQuad(image, quad));
    }
    return crops;
  } finally {
    await detector.dispose();
  }
}
