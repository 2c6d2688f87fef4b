/**
 * Golden inputs and outputs: a picture for each model, what pre-processing makes of it, what the float32 graph gives for that,
 * and what post-processing makes of it in turn. Made by the reader from the manifest, on ONNX Runtime.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';
import { openSession } from '../../../models/runtime/session.js';
import { loadSharp } from '../../files/decode-image.js';
import type { ManifestModel } from '../manifest/models.js';
import type { Golden, GoldenTensor } from '../manifest/parts.js';
import { findPageLines, type PageInput } from '../reader/find-page-lines.js';
import { imageTensor, mapFor, mirrored, otsu, segmentTensors, squash } from '../reader/find-saliency.js';
import { toGrey } from '../reader/image.js';
import { lineInput, lineText } from '../reader/read-line.js';
import { type Segments, segment } from '../reader/superpixels.js';
import type { Picture, Tensor } from '../reader/types.js';
import { type PackedTensor, packTensor } from './golden-tensor.js';

/** Mean absolute difference over the largest absolute value. */
const TOLERANCE: Golden['tolerance'] = { float32: 1e-4, float16: 5e-3, int8: 2e-2 };

export interface BuiltGolden {
  readonly golden: Golden;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

type Run = (feeds: Record<string, Tensor>) => Promise<Record<string, Tensor>>;

/** Stored inputs, and what comes of them when the graph is run on just those. */
interface Case {
  readonly inputs: Readonly<Record<string, PackedTensor>>;
  readonly outputs: Readonly<Record<string, PackedTensor>>;
  readonly expected: Record<string, unknown>;
  readonly extra?: Readonly<Record<string, Uint8Array>>;
}

/** @param onnx the float32 graph @param model its entry, but for the goldens */
export async function buildGolden(model: ManifestModel, onnx: Uint8Array): Promise<BuiltGolden> {
  const png = await readFile(join(packageRoot(), 'apps', 'bundle', 'goldens', `${model.name}.png`));
  const picture = await decodePng(png);
  const session = await openSession(onnx, { name: `${model.name}.onnx` });
  const names = new Map(model.variants[0]!.outputs.map(({ role }, i) => [role, session.outputs[i]!.name]));
  const run: Run = async (feeds) => {
    const results = await session.run(feeds);
    return Object.fromEntries([...names].map(([role, name]) => [role, results[name] as Tensor]));
  };
  try {
    const made = await caseOf(model, picture, run);
    return assemble(model, png, made);
  } finally {
    await session.dispose();
  }
}

function caseOf(model: ManifestModel, picture: Picture, run: Run): Promise<Case> {
  if (model.task === 'text-recognition') return lineCase(model, picture, run);
  return model.task === 'text-detection' ? pageCase(model, picture, run) : photoCase(model, picture, run);
}

async function lineCase(
  model: Extract<ManifestModel, { task: 'text-recognition' }>,
  picture: Picture,
  run: Run,
): Promise<Case> {
  const line = lineInput(toGrey(picture), model);
  const image = packTensor(line.data, [1, 1, line.height, line.width]);
  const { logits } = await run({ image: { data: image.values, dims: image.spec.shape } });
  const { text } = lineText(logits!, line, picture.width, model);
  return { inputs: { image }, outputs: packed({ logits: logits! }), expected: { text } };
}

async function pageCase(
  model: Extract<ManifestModel, { task: 'text-detection' }>,
  picture: Picture,
  run: Run,
): Promise<Case> {
  const { mean, std } = model.preprocessing.normalise;
  const runs: { image: PackedTensor; results: Record<string, Tensor> }[] = [];
  const lines = await findPageLines(toGrey(picture), model, async (input: PageInput) => {
    const grid = { scale: 1 / std, offset: -mean / std };
    const image = packTensor(input.data, [1, 1, input.height, input.width], grid);
    const results = await run({ image: { data: image.values, dims: image.spec.shape } });
    runs.push({ image, results });
    return { core: results.core!, geometry: results.geometry! };
  });
  const { image, results } = runs[0]!;
  const rounded = lines.map(({ quad, confidence }) => ({
    quad: quad.map((point) => point.map((value) => Math.round(100 * value) / 100)),
    confidence: Math.round(1e4 * confidence) / 1e4,
  }));
  return { inputs: { image }, outputs: packed(results), expected: { lines: rounded } };
}

async function photoCase(
  model: Extract<ManifestModel, { task: 'saliency' }>,
  picture: Picture,
  run: Run,
): Promise<Case> {
  const { preprocessing: rules, postprocessing } = model;
  const { mean, std } = rules.normalise;
  const { width, height } = rules.resize;
  const rgb = squash(picture, rules);
  const scales = rules.segments ? segment(rgb, width, height, rules.segments) : [];
  const inputsOf = (pixels: Uint8Array, segments: readonly Segments[]) => {
    const image = imageTensor(pixels, rules, 'NCHW');
    const inputs: Record<string, PackedTensor> = {
      image: packTensor(image.data, image.dims, { scale: 1 / std, offset: -mean / std }),
    };
    if (!rules.segments) return inputs;
    const { counts, paintStride } = rules.segments;
    for (const [role, { data, dims }] of Object.entries(segmentTensors(segments, rules, rules.segments))) {
      const grid = { scale: 1 / (paintStride ** 2 * counts.length), offset: 0 };
      inputs[role] = role === 'paint' ? packTensor(data, dims, grid) : packTensor(data, dims);
    }
    return inputs;
  };
  const see = (inputs: Readonly<Record<string, PackedTensor>>) =>
    run(
      Object.fromEntries(
        Object.entries(inputs).map(([role, { values, spec }]) => [role, { data: values, dims: spec.shape }]),
      ),
    );
  const inputs = inputsOf(rgb, scales);
  const results = await see(inputs);
  let found = results.saliency!.data;
  if (rules.mirror) {
    const turned = scales.map(({ labels, count }) => ({ labels: mirrored(labels, width), count }));
    const other = mirrored((await see(inputsOf(mirrored(rgb, width, 3), turned))).saliency!.data, width);
    found = found.map((p, i) => (p + other[i]!) / 2);
  }
  const map = mapFor(picture, found, rules.resize);
  const threshold = otsu(map, postprocessing.threshold);
  const sharp = await loadSharp();
  const raw = { width: picture.width, height: picture.height, channels: 1 } as const;
  const png = await sharp(map, { raw }).png({ compressionLevel: 9 }).toBuffer();
  return {
    inputs,
    outputs: packed(results),
    expected: { map: 'map.png', threshold: Math.round(1e4 * threshold) / 1e4 },
    extra: { 'map.png': new Uint8Array(png) },
  };
}

const packed = (results: Readonly<Record<string, Tensor>>): Record<string, PackedTensor> =>
  Object.fromEntries(Object.entries(results).map(([role, { data, dims }]) => [role, packTensor(data, dims)]));

function assemble(model: ManifestModel, picture: Uint8Array, made: Case): BuiltGolden {
  const folder = `goldens/${model.name}`;
  const files = new Map<string, Uint8Array>([[`${folder}/picture.png`, new Uint8Array(picture)]]);
  const put = (kind: string, tensors: Readonly<Record<string, PackedTensor>>) => {
    const entries = Object.entries(tensors).map(([role, { spec, bytes }]): [string, GoldenTensor] => {
      const path = `${folder}/${kind}-${role}.bin`;
      files.set(path, bytes);
      return [role, { path, ...spec }];
    });
    return Object.fromEntries(entries);
  };
  const [inputs, outputs] = [put('input', made.inputs), put('output', made.outputs)];
  for (const [name, bytes] of Object.entries(made.extra ?? {})) files.set(`${folder}/${name}`, bytes);
  const expected = `${folder}/expected.json`;
  files.set(expected, new TextEncoder().encode(`${JSON.stringify(made.expected, null, 2)}\n`));
  const golden: Golden = {
    name: model.name,
    picture: `${folder}/picture.png`,
    inputs,
    outputs,
    expected,
    tolerance: TOLERANCE,
  };
  return { golden, files };
}

async function decodePng(png: Uint8Array): Promise<Picture> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(png).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
