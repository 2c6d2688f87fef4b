import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../../apps/bundle/build/build-bundle.js';
import { FIGURES_FILE, type Figures } from '../../../apps/bundle/build/figures.js';
import { measureBundle } from '../../../apps/bundle/build/measure-bundle.js';
import { writeBundle } from '../../../apps/bundle/build/write-bundle.js';
import {
  inspectBundle,
  inspectionSummary,
  inspectionText,
} from '../../../apps/bundle/verify/inspect-bundle.js';
import { findDataFolder, packageRoot } from '../../../models/base/paths.js';

const hasData = findDataFolder() !== undefined;
if (!hasData) console.warn('Skipped the metrics of a measured bundle: no data sets.');

/** On a handful of pictures: what is measured, not how good it is. */
describe('measuring a bundle', () => {
  let weights: string;
  const notes: string[] = [];
  const options = () => ({
    models: ['saliency'] as const,
    formats: ['onnx'] as const,
    precisions: ['int8', 'float16'] as const,
    version: '1.2.3',
    weights,
    every: 150,
    onNote: (note: string) => void notes.push(note),
  });
  const read = async () =>
    JSON.parse(await readFile(join(weights, FIGURES_FILE), 'utf8')) as Required<Figures>;

  beforeAll(async () => {
    weights = await mkdtemp(join(tmpdir(), 'pocketlens-weights-'));
    await mkdir(join(weights, 'saliency'));
    await cp(join(packageRoot(), 'models', 'weights', 'saliency'), join(weights, 'saliency'), {
      recursive: true,
    });
    const former = { model: 'saliency', latency: [] };
    const other = { model: 'detector', latency: [] };
    await writeFile(join(weights, FIGURES_FILE), JSON.stringify({ variants: { former, other } }));
    await measureBundle(options());
  });
  afterAll(() => rm(weights, { recursive: true, force: true }));

  it('keeps times of each precision, and drops what was measured on former weights', async () => {
    const { variants } = await read();
    expect(Object.keys(variants)).toContain('other');
    expect(Object.keys(variants)).not.toContain('former');
    const own = Object.values(variants).filter(({ model }) => model === 'saliency');
    expect(own.map(({ latency }) => latency[0]!.precision).sort()).toEqual(['float16', 'int8']);
    for (const { latency } of own)
      for (const row of latency) expect(row.medianMs).toBeGreaterThanOrEqual(row.minimumMs);
  });

  it.skipIf(!hasData)('measures what the card lacks, once', async () => {
    expect(notes.filter((note) => note.startsWith('Measuring'))).toEqual([
      'Measuring saliency in float16 …',
      'Measuring saliency without superpixels …',
    ]);
    notes.length = 0;
    await measureBundle({ ...options(), precisions: ['int8'] });
    expect(notes).toEqual(['Timing saliency …']);
  });

  it.skipIf(!hasData)('puts it into the manifest and the tables', async () => {
    const bundle = await buildBundle(options());
    const [model] = bundle.manifest.models;
    if (model?.task !== 'saliency') throw new Error('no saliency model');
    const sets = ['dev/pascal-s', 'dev/duts-te', 'dev/ecssd', 'dev/mean'];
    const { segments } = model.preprocessing;
    for (const metrics of [model.metrics.int8!, model.metrics.float16!, segments!.without.metrics]) {
      expect(Object.keys(metrics)).toEqual(sets);
      expect(metrics['dev/ecssd']!['max-f']).toBeGreaterThan(0.5);
      expect(metrics['dev/ecssd']!['max-f']).toBeLessThanOrEqual(1);
    }
    expect(segments!.without.metrics).not.toEqual(model.metrics.int8);
    expect(new Set(model.latency.map(({ precision }) => precision))).toEqual(new Set(['int8', 'float16']));
    const path = join(weights, 'bundle');
    await writeBundle(path, bundle);
    const inspection = await inspectBundle(path);
    expect(inspectionSummary(inspection)).toMatch(/\| int8 +\|.*\| +\d+\.\d \(\d+×\d+\) \|/);
    const shown = inspectionText(inspection);
    expect(shown).toMatch(/\| float16 +\| dev\/ecssd +\| max-f/);
    expect(shown).toMatch(/\| without superpixels +\| dev\/ecssd +\| max-f/);
    expect(shown).toMatch(/1×3×(\d+)×\1/);
  });
});
