/**
 * Whether a bundle is what it says: hashes, manifest, signatures and goldens on every runtime that this machine has. It uses the
 * bundle alone: of Pocketlens's models it knows nothing.
 */
import { PocketlensError } from '../../../models/base/errors.js';
import type { Variant } from '../manifest/parts.js';
import type { Manifest } from '../manifest/schema.js';
import { openBundleFiles } from './bundle-files.js';
import { type Checked, checkVariant } from './check-variant.js';
import { readManifest } from './read-manifest.js';
import { onnxRuntime } from './runtimes/onnx.js';
import type { RuntimeKind, VerifierRuntime } from './runtimes/runtime.js';
import { tfjsRuntime } from './runtimes/tfjs.js';
import { tfliteRuntime } from './runtimes/tflite.js';

const RUNTIMES: readonly RuntimeKind[] = [onnxRuntime, tfliteRuntime, tfjsRuntime];

export interface VariantCheck extends Checked {
  readonly model: string;
  readonly format: Variant['format'];
  readonly precision: Variant['precision'];
  /** undefined where this machine has no runtime for the format: only its bytes were checked. */
  readonly runtime: string | undefined;
}

export interface VerifyReport {
  readonly manifest: Manifest;
  readonly files: number;
  readonly bytes: number;
  readonly variants: readonly VariantCheck[];
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onVariant?: (check: VariantCheck) => void;
}

/**
 * @param path a folder or a zip file
 * @throws model_integrity_failed, invalid_model_bundle, golden_mismatch, unsupported_operator, limit_exceeded,
 *   input_not_found, input_unreadable; the first that is found, naming what is wrong
 */
export async function verifyBundle(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const files = await openBundleFiles(path);
  const manifest = await readManifest(files);
  const variants: VariantCheck[] = [];
  const found = new Map<RuntimeKind, VerifierRuntime | undefined>();
  for (const model of manifest.models)
    for (const variant of model.variants) {
      if (options.signal?.aborted) throw new PocketlensError('interrupted', 'Stopped verifying.');
      const kind = RUNTIMES.find(({ formats }) => formats.includes(variant.format));
      if (kind && !found.has(kind)) found.set(kind, await kind.find());
      const runtime = kind && found.get(kind);
      const checked = runtime && (await checkVariant(manifest, model, variant, runtime, files.read));
      const { format, precision } = variant;
      const check = {
        ...{ model: model.name, format, precision, runtime: runtime?.name },
        ...(checked ?? { pictures: 0, differences: {} }),
      };
      variants.push(check);
      options.onVariant?.(check);
    }
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  return { manifest, files: files.paths.length, bytes, variants };
}
