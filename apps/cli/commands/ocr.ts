/** `pocketlens ocr`: its options, and the terminal around `runOcr`. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { PocketlensError } from '../../../models/base/errors.js';
import type { Box } from '../../../models/base/image.js';
import type { InputProgress } from '../../files/run-inputs.js';
import type { ReadDocument } from '../../ocr/document.js';
import type { FormatName } from '../../ocr/formats/formats.js';
import type { OpenPageReaderOptions, PageMode, PageReader, ReadPageOptions } from '../../ocr/read-page.js';
import type { OcrOptions } from '../../ocr/run-ocr.js';
import { withImageLimits } from '../image-limits.js';
import { modelsOf, type PrecisionFlags, withPrecision } from '../precision.js';
import { box, choice, choices, decimal, integer } from '../values.js';

/** Names only, so that the help needs no format's code; a test keeps them equal to the table of formats. */
export const FORMAT_CHOICES = [
  ...(['text', 'json', 'jsonl', 'tsv', 'hocr', 'alto', 'markdown', 'pdf'] as const),
] satisfies FormatName[];

const MODES = ['page', 'block', 'line', 'word', 'detect'] as const satisfies readonly PageMode[];
const DECODERS = ['greedy', 'beam'] as const satisfies readonly ReadPageOptions['decoder'][];

/** Which option of the command sets which option of the reader. The type makes every reader option have its entry. */
export const READER_FLAGS: Readonly<
  Record<Exclude<keyof ReadPageOptions | keyof OpenPageReaderOptions, 'signal'>, string>
> = {
  mode: '--mode',
  region: '--region',
  allowlist: '--allowlist',
  minConfidence: '--min-confidence',
  characters: '--characters',
  decoder: '--decoder',
  spelling: '--no-spelling',
  onStage: '--debug-dir',
  models: '--model',
  threads: '--threads',
};

/** Each job holds models and a page in memory. */
const MOST_DEFAULT_JOBS = 4;

interface OcrFlags extends PrecisionFlags {
  format?: FormatName[];
  output?: string;
  mode: PageMode;
  region?: Box;
  allowlist?: string;
  minConfidence?: number;
  characters?: boolean;
  decoder?: 'greedy' | 'beam';
  spelling: boolean;
  jobs?: number;
  threads?: number;
  overlay?: string;
  debugDir?: string;
  model?: string;
  maxPixels?: number;
  maxBytes?: number;
  config?: string;
}

const EXAMPLES = `
FILE may be an image (JPEG, PNG, WebP, TIFF with all its pages, GIF, AVIF, SVG, BMP), a folder of images, "-" for
standard input, or @LIST, a file that names one input a line. "*" and "?" in a file's name stand for whatever matches.
Coordinates are pixels of the upright image.

Resolution need not be told: each line is brought to the same height for reading. Lines should be at least 8 pixels high;
scans of 150 to 300 dots an inch read best.

Examples:
  pocketlens ocr receipt.jpg
  pocketlens ocr scans/ -o text/ --format text,hocr --jobs 4
  pocketlens ocr page1.png page2.png -o book.pdf
  pocketlens ocr --format jsonl @files.txt > results.jsonl
  pocketlens ocr --mode line --allowlist 0123456789 meter.png
  pocketlens ocr --config invoices.json inbox/

--config names a JSON file with options by their long names, such as { "format": ["text", "hocr"], "min-confidence": 0.3,
"characters": true }. Paths in it are taken from the current folder.

Without -o results go to standard output. -o FILE tells the format by its ending; with several inputs the file holds all
of them. With a folder each input gets files of its own.
Exit code 0: all read. 1: some of several could not be read. Others: see apps/cli/README.md.`;

export function register(program: Command): void {
  const command = program
    .command('ocr')
    .description('read the text in images')
    .argument('<file...>', 'images, folders, "-" or @LIST')
    .option(
      '-f, --format <names>',
      `one or several of ${FORMAT_CHOICES.join(', ')}, separated by commas`,
      choices('--format', FORMAT_CHOICES),
    )
    .option('-o, --output <path>', 'a file, a folder, or "-"')
    .option(
      '-m, --mode <mode>',
      'page: find text anywhere; block: one column; line, word: each image is one crop; detect: boxes only',
      choice('--mode', MODES),
      'page',
    )
    .option('--region <x,y,w,h>', 'read only this part', box('--region'))
    .option('--allowlist <characters>', 'read no other characters than these', allowlist)
    .option(
      '--min-confidence <p>',
      'leave out words read with less, from 0 to 1',
      decimal('--min-confidence', 0, 1),
    )
    .option('--characters', "json, jsonl, hocr and alto: each character's place and confidence too")
    .option('--decoder <name>', 'greedy: fast; beam: weighs several readings', choice('--decoder', DECODERS))
    .option('--no-spelling', 'read unsure words letter by letter, as codes and numbers want it')
    .option(
      '--jobs <n>',
      'images to read at a time (default: as many as threads, at most 4)',
      integer('--jobs', 1, 256),
    )
    .option(
      '--threads <n>',
      'threads, shared by the jobs (default: one a processor core)',
      integer('--threads', 1, 1024),
    )
    .option('--config <file>', 'take options from this JSON file; those of the command line win')
    .option('--overlay <picture>', 'draw what was read over the image (a folder for several images)')
    .option('--debug-dir <folder>', "keep each stage's picture here")
    .option('--model <folder>', 'use the models in this folder');
  withImageLimits(command, { pixels: 100_000_000, bytes: 268_435_456 });
  withPrecision(command).addHelpText('after', EXAMPLES).action(run);
}

function allowlist(characters: string): string {
  if (characters.length > 0) return characters;
  throw new PocketlensError(
    'invalid_argument',
    'Expected at least one character for --allowlist but received none.',
  );
}

async function run(inputs: string[], given: OcrFlags, command: Command): Promise<void> {
  if (given.config !== undefined)
    await (await import('../config-file.js')).applyConfigFile(command, given.config);
  const flags = command.opts<OcrFlags>();
  const [{ runOcr }, { onTerminal }, { packageVersion }] = await Promise.all([
    import('../../ocr/run-ocr.js'),
    import('../terminal-run.js'),
    import('../../../models/base/paths.js'),
  ]);
  const threads = flags.threads ?? availableParallelism();
  const options: OcrOptions = {
    inputs,
    formats: flags.format ?? (await defaultFormats(flags)),
    ...(flags.output !== undefined && { output: flags.output }),
    mode: flags.mode,
    ...(flags.region && { region: flags.region }),
    ...(flags.allowlist !== undefined && { allowlist: flags.allowlist }),
    ...(flags.minConfidence !== undefined && { minConfidence: flags.minConfidence }),
    ...(flags.characters && { characters: true }),
    ...(flags.decoder && { decoder: flags.decoder }),
    ...(!flags.spelling && { spelling: false }),
    jobs: flags.jobs ?? Math.min(threads, MOST_DEFAULT_JOBS),
    ...(flags.overlay !== undefined && { overlay: flags.overlay }),
    ...(flags.debugDir !== undefined && { debugFolder: flags.debugDir }),
    limits: {
      threads,
      ...(flags.maxPixels && { maxPixels: flags.maxPixels }),
      ...(flags.maxBytes && { maxBytes: flags.maxBytes }),
    },
  };
  const openPages = async (jobs: number) => {
    if (flags.allowlist !== undefined) await warnOfUnknown(flags.allowlist, flags.model);
    return openReader(jobs, threads, await modelsOf(flags, flags.model, ['detector', 'recognizer']));
  };
  await onTerminal<ReadDocument>(inputs, describe, (environment) =>
    runOcr(options, { ...environment, openReader: openPages, version: packageVersion() }),
  );
}

/** Boxes alone have no text to show: they are written as JSON where the output's name tells no format. */
async function defaultFormats({ mode, output = '' }: OcrFlags): Promise<FormatName[]> {
  if (mode !== 'detect') return [];
  const { formatOfPath } = await import('../../ocr/formats/formats.js');
  return formatOfPath(output) ? [] : ['json'];
}

function describe({ file, result, seconds }: InputProgress<ReadDocument>): string {
  const pages = result?.pages.length ?? 0;
  return `${file}: ${pages} ${pages === 1 ? 'page' : 'pages'} in ${seconds.toFixed(2)} s`;
}

/** A mistyped list of characters would only show as missing text. */
async function warnOfUnknown(allowlist: string, models: string | undefined): Promise<void> {
  const [{ unknownCharacters }, { ui }] = await Promise.all([
    import('../../ocr/allowlist.js'),
    import('../ui.js'),
  ]);
  const unknown = await unknownCharacters(allowlist, models);
  if (unknown !== '') ui.note(`The model cannot read these characters of --allowlist: ${unknown}`);
}

/** One image is read in this thread by models that use all threads; several side by side, each on its share of them. */
async function openReader(jobs: number, threads: number, models: string | undefined): Promise<PageReader> {
  const share = { threads: Math.max(1, Math.floor(threads / jobs)), ...(models !== undefined && { models }) };
  if (jobs === 1) return (await import('../../ocr/read-page.js')).openPageReader(share);
  return (await import('../../ocr/reader-pool.js')).openReaderPool({ ...share, jobs });
}
