/** ONNX files as files of ONNX Runtime's own format, by the converter of its Python package. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PocketlensError } from '../../../models/base/errors.js';
import { canonicalOrt } from './canonical-ort.js';

export interface OrtConversionOptions {
  /** A Python that has the packages `onnxruntime` and `onnx`. Default: POCKETLENS_PYTHON, else "python3". */
  readonly python?: string;
  readonly signal?: AbortSignal;
}

const CONVERTER = 'onnxruntime.tools.convert_onnx_models_to_ort';
const REMEDY =
  'Install onnxruntime and onnx with pip, name that Python in POCKETLENS_PYTHON, or use the ONNX file.';

/**
 * The file that a runtime without ONNX's parser loads, optimised for no processor in particular. Equal files and equal
 * versions of the converter give equal bytes.
 *
 * @throws tool_missing where there is no such Python, model_corrupt for what is no ONNX file, interrupted
 */
export async function convertToOrt(
  onnx: Uint8Array,
  options: OrtConversionOptions = {},
): Promise<Uint8Array> {
  return (await convertAllToOrt([onnx], options))[0]!;
}

/** As `convertToOrt`, of several files in one run of Python. */
export async function convertAllToOrt(
  files: readonly Uint8Array[],
  { python = process.env.POCKETLENS_PYTHON || 'python3', signal }: OrtConversionOptions = {},
): Promise<Uint8Array[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pocketlens-ort-'));
  try {
    const [from, to] = [join(folder, 'onnx'), join(folder, 'ort')];
    await Promise.all([mkdir(from), mkdir(to)]);
    await Promise.all(files.map((bytes, i) => writeFile(join(from, `${i}.onnx`), bytes)));
    await runConverter(python, [from, '--output_dir', to, '--optimization_style', 'Fixed'], signal);
    return await Promise.all(
      files.map(async (_, i) => canonicalOrt(new Uint8Array(await readFile(join(to, `${i}.ort`))))),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runConverter(python: string, args: readonly string[], signal: AbortSignal | undefined) {
  try {
    const options = { maxBuffer: 1 << 26, ...(signal && { signal }) };
    await promisify(execFile)(python, ['-m', CONVERTER, ...args], options);
  } catch (cause) {
    if (signal?.aborted)
      throw new PocketlensError('interrupted', 'The conversion to ONNX Runtime’s format was interrupted.', {
        cause,
      });
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string };
    const last = stderr.trim().split('\n').at(-1) ?? '';
    if (code === 'ENOENT' || code === 'EACCES' || last.includes('No module named'))
      throw new PocketlensError(
        'tool_missing',
        `Expected ONNX Runtime's converter for "${python}" but received ${code === 1 ? last : String(code)}.`,
        { remedy: REMEDY, details: { python }, cause },
      );
    throw new PocketlensError(
      'model_corrupt',
      `Expected a model that ONNX Runtime loads but received: ${last}`,
      {
        cause,
      },
    );
  }
}
