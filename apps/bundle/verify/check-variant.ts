/** One variant on one runtime: its signature, and all goldens of its model. */
import { PocketlensError } from '../../../models/base/errors.js';
import type { ManifestModel } from '../manifest/models.js';
import type { TensorSpec, Variant } from '../manifest/parts.js';
import type { Manifest } from '../manifest/schema.js';
import { BundleReaderError } from '../reader/types.js';
import { invalid } from './bundle-files.js';
import { type ReadFile, runGolden, runPicture } from './check-goldens.js';
import { firstLine } from './first-line.js';
import type { ReportedTensor, VerifierRuntime } from './runtimes/runtime.js';

/** What was run. */
export interface Checked {
  /** Pictures that the reader took the whole way. */
  readonly pictures: number;
  /** Output → mean absolute difference from the golden over its largest absolute value; empty where none was run. */
  readonly differences: Readonly<Record<string, number>>;
}

/** @throws invalid_model_bundle, golden_mismatch, unsupported_operator, and what `read` throws */
export async function checkVariant(
  manifest: Manifest,
  model: ManifestModel,
  variant: Variant,
  runtime: VerifierRuntime,
  read: ReadFile,
): Promise<Checked> {
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
    for (const golden of model.goldens) {
      const wrong = await runPicture(manifest, model, golden, variant, runtime, read);
      if (wrong) throw mismatch(first!, runtime, wrong);
    }
  } catch (error) {
    throw asCoded(error, first!, runtime);
  } finally {
    await session.dispose?.();
  }
  return { pictures: model.goldens.length, differences };
}

/** Runtimes and the reader, which runs without Pocketlens, have errors of their own. */
function asCoded(error: unknown, file: string, runtime: VerifierRuntime): PocketlensError {
  if (error instanceof PocketlensError) return error;
  if (error instanceof BundleReaderError) return invalid(error.message, { file });
  return mismatch(file, runtime, `running it fails: ${firstLine(error)}`, error);
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

function mismatch(file: string, runtime: VerifierRuntime, what: string, cause?: unknown): PocketlensError {
  return new PocketlensError(
    'golden_mismatch',
    `Expected the golden results of "${file}" on ${runtime.name} but ${what}.`,
    {
      remedy: 'Update the runtime, or take another format or precision of the bundle.',
      details: { file, runtime: runtime.name },
      ...(cause !== undefined && { cause }),
    },
  );
}
