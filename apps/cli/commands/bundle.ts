/** `pocketlens bundle`: builds, verifies and inspects bundles of models for phones and browsers. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageVersion } from '../../../models/base/paths.js';
import type { BundledModel } from '../../bundle/build/build-bundle.js';
import type { Format, Precision } from '../../bundle/build/variants.js';
import type { VariantCheck } from '../../bundle/verify/verify-bundle.js';
import { interruptible } from '../interrupt.js';
import { ui, writeTo } from '../ui.js';
import { choices } from '../values.js';

const MODELS = ['recognizer', 'detector', 'saliency'] as const satisfies readonly BundledModel[];
const FORMATS = ['onnx', 'ort', 'tflite', 'tfjs'] as const satisfies readonly Format[];
const PRECISIONS = ['int8', 'float16', 'float32'] as const satisfies readonly Precision[];

/** Of the README that `inspect --write` fills. */
const REGION = 'bundle';

interface BuildFlags {
  readonly models: readonly BundledModel[];
  readonly formats: readonly Format[];
  readonly precision: readonly Precision[];
  readonly output: string;
  readonly weights?: string;
  readonly measure: boolean;
  readonly python?: string;
}

const EXAMPLES = `
Examples:
  pocketlens bundle build -o bundle.zip
  pocketlens bundle build --models saliency --formats onnx,tflite --precision int8,float16 -o saliency/
  pocketlens bundle verify bundle.zip
  pocketlens bundle inspect bundle.zip`;

export function register(program: Command): void {
  const command = program
    .command('bundle')
    .description('build, verify and inspect the bundle of models for phones and browsers')
    .addHelpText('after', EXAMPLES);
  command
    .command('build')
    .description(
      'write the models, how to run them, and what proves that they run, into a folder or zip file',
    )
    .option('--models <names>', `of ${MODELS.join(', ')} (default: all)`, choices('--models', MODELS))
    .option('--formats <names>', `of ${FORMATS.join(', ')} (default: onnx)`, choices('--formats', FORMATS))
    .option(
      '--precision <names>',
      `of ${PRECISIONS.join(', ')} (default: int8)`,
      choices('--precision', PRECISIONS),
    )
    .requiredOption('-o, --output <path>', 'a folder, or a file that ends in .zip')
    .option('--weights <dir>', 'folder of model folders (default: the shipped ones)')
    .option(
      '--measure',
      'measure latency here, and metrics where there are data sets, and keep them with the weights',
      false,
    )
    .option('--python <program>', 'Python with onnxruntime, for the format ort (default: python3)')
    .action(build);
  command
    .command('verify')
    .description('check hashes, manifest, signatures and goldens on every runtime that is here')
    .argument('<bundle>', 'folder or zip file')
    .option('--json', 'the report as JSON', false)
    .action(verify);
  command
    .command('inspect')
    .description('show what is inside: sizes, metrics, latency, energy')
    .argument('<bundle>', 'folder or zip file')
    .option('--json', 'the manifest and sizes as JSON', false)
    .option(
      '--write <file>',
      'put the table of sizes into the file, between <!-- bundle --> and <!-- /bundle -->',
    )
    .action(inspect);
}

async function build(flags: BuildFlags): Promise<void> {
  const [{ buildBundle }, { checkTarget, isZip, writeBundle, zipBundle }] = await Promise.all([
    import('../../bundle/build/build-bundle.js'),
    import('../../bundle/build/write-bundle.js'),
  ]);
  const { output } = flags;
  await checkTarget(output);
  await interruptible(async (signal) => {
    const options = {
      models: flags.models ?? MODELS,
      formats: flags.formats ?? ['onnx'],
      precisions: flags.precision ?? ['int8'],
      version: packageVersion(),
      signal,
      onFile: (path: string) => ui.detail(path),
      onNote: (text: string) => ui.note(text),
      ...(flags.weights !== undefined && { weights: flags.weights }),
      ...(flags.python !== undefined && { python: flags.python }),
    };
    if (flags.measure) {
      const { measureBundle } = await import('../../bundle/build/measure-bundle.js');
      await measureBundle(options);
    }
    const bundle = await buildBundle(options);
    await writeBundle(output, bundle);
    const bytes = [...bundle.files.values()].reduce((sum, { length }) => sum + length, 0);
    const zipped = isZip(output) ? `, zipped ${megabytes(zipBundle(bundle).length)}` : '';
    ui.note(`Wrote ${bundle.files.size} files, ${megabytes(bytes)}${zipped}, to ${output}.`);
  });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;

async function verify(path: string, { json }: { readonly json: boolean }): Promise<void> {
  const { verifyBundle } = await import('../../bundle/verify/verify-bundle.js');
  const report = await interruptible((signal) =>
    verifyBundle(path, { signal, onVariant: (check) => ui.detail(checkLine(check)) }),
  );
  const { manifest, files, bytes, variants } = report;
  if (json) {
    await print(
      JSON.stringify({ id: manifest.id, version: manifest.version, files, bytes, variants }, undefined, 2),
    );
    return;
  }
  await print(
    [
      `ok: ${manifest.id} ${manifest.version}, ${files} files, ${megabytes(bytes)}`,
      ...variants.map(checkLine),
    ].join('\n'),
  );
}

function checkLine({ model, format, precision, runtime, pictures, differences }: VariantCheck): string {
  const name = join(model, `${format}.${precision}`);
  if (runtime === undefined) return `${name}: bytes checked; no runtime for ${format} here`;
  const worst = Math.max(...Object.values(differences)).toExponential(1);
  const off = `${Object.keys(differences).join(', ')} off by ${worst} of the largest value at most`;
  const read = `${pictures} ${pictures === 1 ? 'picture' : 'pictures'} the whole way`;
  return `${name}: as the goldens on ${runtime} (${off}; ${read})`;
}

interface InspectFlags {
  readonly json: boolean;
  readonly write?: string;
}

async function inspect(path: string, { json, write }: InspectFlags): Promise<void> {
  const { inspectBundle, inspectionSummary, inspectionText } = await import(
    '../../bundle/verify/inspect-bundle.js'
  );
  const inspection = await inspectBundle(path);
  if (write !== undefined) {
    const [{ replaceRegion }, { writeFileWhole }] = await Promise.all([
      import('../../train/bench/replace-region.js'),
      import('../../files/write-file.js'),
    ]);
    const text = await readFile(write, 'utf8');
    await writeFileWhole(write, replaceRegion(text, REGION, inspectionSummary(inspection), write));
    return;
  }
  await print(json ? JSON.stringify(inspection, undefined, 2) : inspectionText(inspection).trimEnd());
}

const print = (text: string) => writeTo(process.stdout, `${text}\n`);
