/** `pocketlens info`: what is installed here, and whether it is whole. */
import type { Command } from 'commander';
import type { InstallDescription, ModelDescription } from '../../ocr/describe-install.js';

export function register(program: Command): void {
  program
    .command('info')
    .description('show versions, models, backends and limits')
    .option('--json', 'as JSON')
    .option('--model <folder>', 'look at the models in this folder')
    .action(run);
}

async function run(flags: { json?: boolean; model?: string }): Promise<void> {
  const [{ describeInstall }, { packageVersion }, { writeTo }] = await Promise.all([
    import('../../ocr/describe-install.js'),
    import('../../../models/base/paths.js'),
    import('../ui.js'),
  ]);
  const info = await describeInstall(packageVersion(), flags.model);
  await writeTo(
    process.stdout,
    flags.json ? `${JSON.stringify(info, null, 2)}\n` : `${lines(info).join('\n')}\n`,
  );
}

function lines(info: InstallDescription): string[] {
  const { limits } = info;
  return [
    `pocketlens ${info.version}`,
    `node ${info.node} on ${info.platform}, ${info.threads} threads, ${gib(info.memoryBytes)} of memory`,
    '',
    'libraries',
    ...Object.entries(info.libraries).map(([name, version]) => `  ${name.padEnd(18)} ${version}`),
    '',
    'models',
    ...(info.models.length > 0 ? info.models.map(modelLine) : ['  none']),
    '',
    'backends',
    `  reading            ${info.backends.inference}`,
    `  training           ${TRAINING[info.backends.training]}`,
    '',
    'formats',
    `  in                 ${info.formats.input}`,
    ...Object.entries(info.formats.output).map(
      ([name, suffixes], index) =>
        `  ${(index === 0 ? 'out' : '').padEnd(18)} ${name.padEnd(9)} ${suffixes.join(' ')}`,
    ),
    '',
    'limits',
    `  pixels of a page   ${limits.maxPixels / 1e6} million (read at full size up to ${limits.maxDecodedPixels / 1e6} million)`,
    `  bytes of a file    ${Math.round(limits.maxBytes / 1048576)} MiB`,
    `  decoding a page    ${limits.maxSeconds} s`,
  ];
}

const TRAINING = {
  native: 'native TensorFlow',
  portable: 'TensorFlow.js (slow; "pocketlens engine" sets up native TensorFlow)',
  none: 'not installed',
};

function modelLine({
  name,
  version,
  precision,
  bytes,
  parameters,
  state,
  problem,
}: ModelDescription): string {
  const facts = [
    version,
    parameters !== undefined && `${(parameters / 1e6).toFixed(2)} M parameters`,
    precision,
    bytes !== undefined && `${(bytes / 1e6).toFixed(2)} MB`,
    problem ? `${state}: ${problem}` : state,
  ];
  return `  ${name.padEnd(18)} ${facts.filter(Boolean).join(', ')}`;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
