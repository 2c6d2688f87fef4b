import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ModelCardDraft, writeModelFolder } from '../../../apps/train/write-model-folder.js';
import { exportOnnx } from '../../../compression/export/onnx/export-onnx.js';
import { GraphBuilder } from '../../../models/graph/builder.js';
import { loadGraph } from '../../../models/graph/serialize.js';
import {
  CARD_FILE,
  modelFolder,
  openModelFolder,
  readCardFile,
  readModelCard,
} from '../../../models/runtime/model-folder.js';

let parent: string;
let folder: string;
const b = new GraphBuilder('tiny', { seed: 1 });
const graph = b.finish([
  b.conv(b.input('image', [null, 4, null, 1]), { name: 'map', filters: 2, kernel: [3, 3] }),
]);
const onnxBytes = exportOnnx(graph);
const draft: ModelCardDraft = {
  name: 'tiny',
  task: 'line-recognition',
  version: '1.0.0',
  summary: 'For tests.',
  format: { precision: 'float32', meanings: { map: 'logits' } },
  config: { filters: 2, nested: [1, 'a', null] },
  charset: 'aé€ ',
  preprocessing: { colour: 'grey', height: 4, width: null, multipleOf: 1, trim: true },
  metrics: { 'ocr/dev/sroie': { cer: 0.04 } },
  training: { seed: 1, steps: 10, data: ['synthetic lines'], minutes: 1.5 },
  licence: 'Apache-2.0',
};
const code = (wanted: string, message: RegExp) =>
  expect.objectContaining({ code: wanted, message: expect.stringMatching(message) });

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'models-'));
  folder = join(parent, 'tiny');
});
afterEach(() => rm(parent, { recursive: true }));

it('writes a folder from which model, weights and card come back', async () => {
  const written = await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  const { card, session } = await openModelFolder(folder);
  expect(card).toEqual(written);
  expect(card).toMatchObject({
    ...draft,
    format: { precision: 'float32', opset: 17 },
    size: { parameters: 20 },
  });
  expect(card.format.inputs).toEqual([
    {
      name: 'image',
      type: 'float32',
      shape: [null, 1, 4, null],
      axes: ['batch', 'channels', 'height', 'width'],
    },
  ]);
  expect(card.format.outputs[0]).toMatchObject({ name: 'map', meaning: 'logits' });
  const { map } = await session.run({ image: { data: new Float32Array(20), dims: [1, 1, 4, 5] } });
  expect(map!.dims).toEqual([1, 2, 4, 5]);
  await session.dispose();
  const loaded = await loadGraph(join(folder, card.files.weights!.path));
  expect(loaded.params).toEqual(graph.params);
  expect((await readdir(folder)).sort()).toEqual(['card.json', 'model.onnx', 'model.safetensors']);
});

it('replaces a folder as a whole and gives equal bytes for equal content', async () => {
  await writeModelFolder(folder, { graph, onnxBytes, card: draft, packed: Uint8Array.of(1, 2) });
  expect(await readCardFile(folder, await readModelCard(folder), 'model')).toEqual(Buffer.of(1, 2));
  // What is packed cannot be opened as it is.
  await expect(openModelFolder(folder)).rejects.toThrow(code('unsupported_format', /packed/));
  await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  const first = await readFile(join(folder, CARD_FILE), 'utf8');
  expect(await readdir(folder)).not.toContain('model.packed');
  await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  expect(await readFile(join(folder, CARD_FILE), 'utf8')).toBe(first);
  expect(await readdir(parent)).toEqual(['tiny']);
});

it('leaves the old folder and no rest behind when it cannot write', async () => {
  await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  const broken = { ...draft, metrics: { dev: { cer: Number.NaN } } };
  await expect(writeModelFolder(folder, { graph, onnxBytes, card: broken })).rejects.toThrow(
    code('model_corrupt', /metrics\.dev\.cer/),
  );
  await expect(
    writeModelFolder(folder, { graph, onnxBytes: onnxBytes.slice(0, 50), card: draft }),
  ).rejects.toThrow(code('model_corrupt', /model\.onnx/));
  await writeFile(join(parent, 'file'), '');
  await expect(
    writeModelFolder(join(parent, 'file', 'tiny'), { graph, onnxBytes, card: draft }),
  ).rejects.toThrow(code('output_unwritable', /tiny/));
  expect((await readdir(parent)).sort()).toEqual(['file', 'tiny']);
  await (await openModelFolder(folder)).session.dispose();
});

it('refuses files that are missing, cut or changed, telling which', async () => {
  await expect(openModelFolder(folder)).rejects.toThrow(code('model_not_found', /card\.json/));
  const card = await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  await expect(readCardFile(folder, card, 'int8')).rejects.toThrow(
    code('model_not_found', /"int8".*model, weights/),
  );
  const path = join(folder, 'model.onnx');
  await writeFile(path, onnxBytes.slice(1));
  await expect(openModelFolder(folder)).rejects.toThrow(code('model_corrupt', /model\.onnx but received/));
  const changed = onnxBytes.slice();
  changed[changed.length >> 1]! ^= 1;
  await writeFile(path, changed);
  await expect(openModelFolder(folder)).rejects.toThrow(code('model_corrupt', /SHA-256/));
  await rm(path);
  await expect(openModelFolder(folder)).rejects.toThrow(code('model_not_found', /model\.onnx/));
});

it.each([
  ['no JSON', () => '{', /does not parse/],
  ['no object', () => 'null', /the whole card/],
  [
    'a newer version',
    (card: object) => JSON.stringify({ ...card, schemaVersion: 99 }),
    /version 1 or lower.*99/,
  ],
  ['an unknown field', (card: object) => JSON.stringify({ ...card, colour: 1 }), /colour/],
  [
    'a path out of the folder',
    (card: { files?: object }) =>
      JSON.stringify({ ...card, files: { model: { path: '../x', bytes: 1, sha256: 'a'.repeat(64) } } }),
    /files\.model\.path/,
  ],
  ['no model', (card: object) => JSON.stringify({ ...card, files: {} }), /files/],
])('refuses a card with %s', async (_, change, message) => {
  const card = await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  await writeFile(join(folder, CARD_FILE), change(card));
  await expect(readModelCard(folder)).rejects.toThrow(code('model_corrupt', message));
});

it('finds shipped models by name and others by path', async () => {
  expect(modelFolder('no-such-model')).toMatch(/models[\\/]weights[\\/]no-such-model$/);
  await writeModelFolder(folder, { graph, onnxBytes, card: draft });
  expect(modelFolder(folder)).toBe(folder);
});
