import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, buildBundle, MODELS } from '../../../apps/bundle/build/build-bundle.js';
import { checkTarget, writeBundle, zipBundle } from '../../../apps/bundle/build/write-bundle.js';
import { inspectBundle, inspectionText } from '../../../apps/bundle/verify/inspect-bundle.js';
import { verifyBundle } from '../../../apps/bundle/verify/verify-bundle.js';
import { readSource } from '../../architecture.js';
import { builtBundle } from './built-bundle.js';

let bundle: Bundle;
let work: string;

beforeAll(async () => {
  bundle = await builtBundle();
  work = await mkdtemp(join(tmpdir(), 'pocketlens-bundle-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe('a built bundle', () => {
  it('has the same bytes when it is built again, in every format that needs no other program', async () => {
    const one = () =>
      buildBundle({
        models: ['detector'],
        formats: ['onnx', 'tflite', 'tfjs'],
        precisions: ['float16', 'float32'],
        version: '1.2.3',
      });
    const [first, again] = [await one(), await one()];
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const hashes = ({ files }: Bundle) => [...files].map(([path, bytes]) => `${hash(bytes)} ${path}`);
    expect(hashes(again)).toEqual(hashes(first));
    expect(hash(zipBundle(again))).toBe(hash(zipBundle(first)));
    expect(first.manifest.models[0]!.variants).toHaveLength(6);
  });

  it('is sorted, and lists every file with its hash', async () => {
    const paths = [...bundle.files.keys()];
    expect(paths).toEqual([...paths].sort());
    const listed = [...Object.keys(bundle.manifest.files), 'manifest.json', 'SHA256SUMS'].sort();
    expect(paths).toEqual(listed);
    for (const path of ['MODEL_CARD.md', 'NOTICE', 'LICENSES/Apache-2.0.txt', 'README.md'])
      expect(bundle.files.get(path)!.length, path).toBeGreaterThan(100);
  });

  it('has a manifest that an independent validator takes', () => {
    const schema = JSON.parse(readSource('apps/bundle/manifest/manifest.schema.json'));
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
    const manifest = JSON.parse(new TextDecoder().decode(bundle.files.get('manifest.json')));
    expect(validate(manifest), JSON.stringify(validate.errors?.slice(0, 5))).toBe(true);
    expect(validate({ ...manifest, extra: 1 })).toBe(false);
    expect(validate({ ...manifest, models: [{ ...manifest.models[0], preprocessing: {} }] })).toBe(false);
  });

  it('has goldens, a card and figures of every model', () => {
    expect(bundle.manifest.models.map(({ name }) => name)).toEqual([...MODELS]);
    for (const model of bundle.manifest.models) {
      expect(model.goldens.length, model.name).toBeGreaterThan(0);
      expect(Object.keys(model.metrics), model.name).toHaveLength(1);
      expect(Object.values(model.energy)[0]!.microjoules, model.name).toBeGreaterThan(0);
      expect(bundle.files.has(model.card)).toBe(true);
    }
  });

  it('passes, as a zip and as a folder that replaces an older bundle', async () => {
    const [zip, folder] = [join(work, 'bundle.zip'), join(work, 'bundle')];
    await writeBundle(zip, bundle);
    const report = await verifyBundle(zip);
    expect(report.files).toBe(bundle.files.size);
    expect(report.variants.map(({ model }) => model)).toEqual([...MODELS]);
    for (const { runtime, differences } of report.variants) {
      expect(runtime).toContain('onnxruntime-node');
      expect(Object.keys(differences).length).toBeGreaterThan(0);
    }
    await mkdir(folder);
    await checkTarget(folder);
    await writeBundle(folder, bundle);
    await writeFile(join(folder, 'left-over.txt'), 'x');
    await checkTarget(folder);
    await writeBundle(folder, bundle);
    expect((await inspectBundle(folder)).files).toHaveLength(bundle.files.size);
    expect(readdirSync(work).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is shown with its sizes and figures', async () => {
    const zip = join(work, 'shown.zip');
    await writeBundle(zip, bundle);
    const shown = inspectionText(await inspectBundle(zip));
    for (const model of bundle.manifest.models) expect(shown).toContain(`## ${model.name} ${model.version}`);
    expect(shown).toContain('goldens/saliency/map.png');
    expect(shown).toMatch(/mJ a run/);
  });

  it('of 8 bits takes at most 6 MB as a zip', async () => {
    const int8 = await buildBundle({
      models: MODELS,
      formats: ['onnx'],
      precisions: ['int8'],
      version: '1.2.3',
    });
    expect(zipBundle(int8).length).toBeLessThanOrEqual(6e6);
  });

  it('takes no folder that holds something else', async () => {
    const other = join(work, 'other');
    await mkdir(other);
    await writeFile(join(other, 'note.txt'), 'mine');
    await expect(checkTarget(other)).rejects.toMatchObject({ code: 'output_unwritable' });
    await expect(writeBundle(join(other, 'note.txt', 'x'), bundle)).rejects.toMatchObject({
      code: 'output_unwritable',
    });
    expect(readdirSync(other)).toEqual(['note.txt']);
    // Web applications and browser extensions have a manifest too.
    for (const theirs of ['{}', '{"id":"pocketlens"}', 'null', 'no JSON']) {
      await writeFile(join(other, 'manifest.json'), theirs);
      await expect(checkTarget(other)).rejects.toMatchObject({ code: 'output_unwritable' });
    }
  });
});
