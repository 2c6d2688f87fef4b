/** Puts a bundle together in memory. Equal models, options and figures give equal bytes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';
import { openSpelling, SPELLING_FILE } from '../../../models/spelling/open-spelling.js';
import type { ManifestModel } from '../manifest/models.js';
import { FORMATS } from '../manifest/parts.js';
import { MANIFEST_SCHEMA_VERSION, type Manifest } from '../manifest/schema.js';
import { describeModel } from './describe-model.js';
import { bundleReadme, hashList, modelCards, notice, sha256 } from './documents.js';
import { readFigures } from './figures.js';
import { PAGE_RULES } from './rules.js';
import { type Format, type Precision, RUNTIMES } from './variants.js';

/** What the manifest calls every bundle. */
export const BUNDLE_ID = 'pocketlens';

export const MODELS = ['recognizer', 'detector', 'saliency'] as const;
export type BundledModel = (typeof MODELS)[number];

export interface BuildBundleOptions {
  readonly models: readonly BundledModel[];
  readonly formats: readonly Format[];
  readonly precisions: readonly Precision[];
  /** Version of this program. */
  readonly version: string;
  /** Folder of model folders; the shipped ones by default. */
  readonly weights?: string;
  /** Python with ONNX Runtime's converter, for the format ort; without one that format is left out. */
  readonly python?: string;
  readonly onFile?: (path: string) => void;
  /** What was left out, and why. */
  readonly onNote?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface Bundle {
  readonly manifest: Manifest;
  /** Path → bytes, sorted by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** @throws model_not_found, model_corrupt, invalid_argument, tool_missing, unsupported_operator */
export async function buildBundle(options: BuildBundleOptions): Promise<Bundle> {
  const weights = options.weights ?? join(packageRoot(), 'models', 'weights');
  const figures = await readFigures(weights);
  const payload = new Map<string, Uint8Array>();
  const models: ManifestModel[] = [];
  // In one order, whatever the order in which they were asked for.
  for (const name of MODELS.filter((each) => options.models.includes(each))) {
    const described = await describeModel(join(weights, name), { ...options, figures });
    models.push(described.model);
    for (const [path, bytes] of described.files) payload.set(path, bytes);
  }
  const tasks = new Set(models.map(({ task }) => task));
  const formats = FORMATS.filter((format) =>
    models.some(({ variants }) => variants.some((v) => v.format === format)),
  );
  const draft: Manifest = {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    id: BUNDLE_ID,
    version: options.version,
    createdBy: `pocketlens ${options.version}`,
    summary: 'Reads text in pictures and finds what stands out in them.',
    licence: 'Apache-2.0',
    runtimes: Object.fromEntries(formats.map((format) => [format, RUNTIMES[format]])),
    models,
    ...(tasks.has('text-detection') && tasks.has('text-recognition') && { page: PAGE_RULES }),
    files: {},
  };
  const text = (value: string) => new TextEncoder().encode(value);
  const root = packageRoot();
  const schema = join(root, 'apps', 'bundle', 'manifest', 'manifest.schema.json');
  if (tasks.has('text-recognition')) {
    payload.set(SPELLING_FILE, (await openSpelling(weights)).encode());
    payload.set(
      'LICENSES/SCOWL.txt',
      new Uint8Array(await readFile(join(root, 'models', 'weights', 'SCOWL.txt'))),
    );
  }
  payload.set('README.md', text(bundleReadme(draft)));
  payload.set('MODEL_CARD.md', text(modelCards(models)));
  payload.set('NOTICE', text(notice(draft)));
  payload.set('LICENSES/Apache-2.0.txt', new Uint8Array(await readFile(join(root, 'LICENSE'))));
  payload.set('manifest.schema.json', new Uint8Array(await readFile(schema)));
  const paths = [...payload.keys()].sort();
  const manifest: Manifest = {
    ...draft,
    files: Object.fromEntries(
      paths.map((path) => {
        const bytes = payload.get(path)!;
        return [path, { bytes: bytes.length, sha256: sha256(bytes) }];
      }),
    ),
  };
  const files = new Map(paths.map((path) => [path, payload.get(path)!]));
  files.set('manifest.json', text(`${JSON.stringify(manifest, null, 2)}\n`));
  files.set('SHA256SUMS', text(hashList(files)));
  return { manifest, files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))) };
}
