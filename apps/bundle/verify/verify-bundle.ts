/**
 * Whether a bundle is what it says: hashes, manifest, signatures and goldens on every runtime that this machine has. It uses the
 * bundle alone: of Pocketlens's models it knows nothing.
 */
import { PocketlensError } from '../../../models/base/errors.js';
import type { ManifestModel } from '../manifest/models.js';
import type { TensorSpec, Variant } from '../manifest/parts.js';
import type { Manifest } from '../manifest/schema.js';
import { invalid, openBundleFiles } from './bundle-files.js';
import { runGolden, runPicture } from './check-goldens.js';
import { readManifest } from './read-manifest.js';
import { onnxRuntime } from './runtimes/onnx.js';
import type { ReportedTensor, RuntimeKind, VerifierRuntime } from './runtimes/runtime.js';
import { tfjsRuntime } from './runtimes/tfjs.js';
import { tfliteRuntime } from './runtimes/tflite.js';

const RUNTIMES: readonly RuntimeKind[] = [onnxRuntime, tfliteRuntime, tfjsRuntime];

export interface VariantCheck {
  readonly model: string;
  readonly format: Variant['format'];
  readonly precision: Variant['precision'];
  /** undefined where this machine has no runtime for the format: only its bytes were checked. */
  readonly runtime: string | undefined;
  /** Output → mean absolute difference from the golden over its largest absolute value; empty where none was run. */
  readonly differences: Readonly<Record<string, number>>;
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
 *   input_not_found; the first that is found, naming what is wrong
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
      const differences = runtime ? await checkVariant(manifest, model, variant, runtime, files.read) : {};
      const { format, precision } = variant;
      const check = { model: model.name, format, precision, runtime: runtime?.name, differences };
      variants.push(check);
      options.onVariant?.(check);
    }
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  return { manifest, files: files.paths.length, bytes, variants };
}

async function checkVariant(
  manifest: Manifest,
  model: ManifestModel,
  variant: Variant,
  runtime: VerifierRuntime,
  read: (path: string) => Promise<Uint8Array>,
): Promise<VariantCheck['differences']> {
  const [first, ...others] = variant.files;
  const more = new Map<string, Uint8Array>();
  for (const path of others) more.set(path, await read(path));
  const session = await runtime.createSession(await read(first!), more);
  const differences: Record<string, number> = {};
  try {
    compareSignature(variant.inputs, session.inputs, first!);
    compareSignature(variant.outputs, session.outputs, first!);
    for (const golden of model.goldens) {
      const allowed = golden.tolerance[variant.precision] ?? 0;
      for (const [role, value] of Object.entries(await runGolden(golden, variant, session, read))) {
        differences[role] = value;
        if (value > allowed)
          throw mismatch(
            first!,
            runtime,
            `output "${role}" is off by ${value.toPrecision(3)}, ${allowed} is allowed`,
          );
      }
    }
  } finally {
    await session.dispose?.();
  }
  for (const golden of model.goldens) {
    const wrong = await runPicture(manifest, model, golden, variant, runtime, read);
    if (wrong) throw mismatch(first!, runtime, wrong);
  }
  return differences;
}

function compareSignature(
  declared: readonly TensorSpec[],
  reported: readonly ReportedTensor[] | undefined,
  file: string,
): void {
  if (!reported) return;
  const show = ({ name, dtype, shape }: ReportedTensor) =>
    `${name} ${dtype} [${shape.map((d) => d ?? '?').join(', ')}]`;
  const [wanted, actual] = [declared, reported].map((list) => list.map(show).sort().join('; '));
  if (wanted !== actual)
    throw invalid(`Expected ${wanted} in "${file}" but the runtime reports ${actual}.`, { file });
}

function mismatch(file: string, runtime: VerifierRuntime, what: string): PocketlensError {
  return new PocketlensError(
    'golden_mismatch',
    `Expected the golden results of "${file}" on ${runtime.name} but ${what}.`,
    {
      remedy: 'Update the runtime, or take another format or precision of the bundle.',
      details: { file, runtime: runtime.name },
    },
  );
}
