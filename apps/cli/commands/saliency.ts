/** `pocketlens saliency`: its options, and the terminal around `runSaliency`. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import type { InputProgress } from '../../files/run-inputs.js';
import { type Colour, parseColour } from '../../saliency/colour.js';
import type { ImageFormat } from '../../saliency/encode.js';
import type { Refinement } from '../../saliency/find-subject.js';
import type { Output } from '../../saliency/outputs.js';
import { parseRatio, type Ratio } from '../../saliency/render/crop.js';
import type { SaliencyOptions, SaliencyResult } from '../../saliency/run-saliency.js';
import type { Threshold } from '../../saliency/threshold.js';
import { withImageLimits } from '../image-limits.js';
import { modelFolderOf, type PrecisionFlags, withPrecision } from '../precision.js';
import { choice, decimal, integer } from '../values.js';

/** Names only, so that the help needs no encoder's code; a test keeps them equal to the tables. */
export const OUTPUT_CHOICES = [
  'map',
  'mask',
  'cutout',
  'heatmap',
  'crop',
  'json',
] as const satisfies Output[];
export const FORMAT_CHOICES = ['png', 'webp', 'jpeg', 'avif'] as const satisfies ImageFormat[];
export const REFINE_CHOICES = ['none', 'crf', 'contour-crf'] as const satisfies Refinement[];

/** While one image is inferred, others are decoded and encoded; each holds its pixels in memory. */
const MOST_DEFAULT_JOBS = 4;

interface SaliencyFlags extends PrecisionFlags {
  output?: Output;
  format?: ImageFormat;
  quality?: number;
  maxSide?: number;
  out?: string;
  refine: Refinement;
  threshold: Threshold;
  background?: Colour;
  crop?: boolean;
  margin?: number;
  ratio?: Ratio;
  jobs?: number;
  threads?: number;
  model?: string;
  maxPixels?: number;
  maxBytes?: number;
}

const EXAMPLES = `
FILE may be an image (JPEG, PNG, WebP, TIFF, GIF, AVIF, SVG, BMP; the first page or frame of several), a folder of images,
"-" for standard input, or @LIST, a file that names one input a line. "*" and "?" in a file's name stand for whatever
matches. Coordinates are pixels of the upright image.

Outputs, all at the image's own size:
  map      grey: the probability that a pixel belongs to what stands out (0 black, 1 white), never stretched
  mask     black and white: the map divided at the threshold
  cutout   the subject on a transparent ground, or on --background
  heatmap  the map in colours over the image
  crop     the image cut to its subject (--crop cuts any other output in the same way)
  json     size, boxes, threshold, statistics and timings; of several images one line each

Examples:
  pocketlens saliency dog.jpg -o map.png
  pocketlens saliency dog.jpg --output cutout --refine crf -o dog.webp
  pocketlens saliency photos/ --output cutout --background '#ffffff' -o white/
  pocketlens saliency photos/ --output crop --ratio 1:1 --margin 10 -o thumbnails/ --jobs 4
  pocketlens saliency --output json @files.txt > subjects.jsonl
  curl -s https://example.org/dog.jpg | pocketlens saliency - --output mask > mask.png

-o FILE tells the format by its ending. With a folder each input gets a file of its own under its own name. Where nothing
tells the format, maps and masks are PNG; the others follow the input, except that transparency is never put into a JPEG.
Exit code 0: all done. 1: some of several failed. Others: see apps/cli/README.md.`;

export function register(program: Command): void {
  const command = program
    .command('saliency')
    .description('find what stands out in photographs')
    .argument('<file...>', 'images, folders, "-" or @LIST')
    .option(
      '--output <kind>',
      `${OUTPUT_CHOICES.join(', ')} (default: map, or json for a name that ends so)`,
      choice('--output', OUTPUT_CHOICES),
    )
    .option('-f, --format <name>', `${FORMAT_CHOICES.join(', ')}`, (text: string) =>
      choice('--format', FORMAT_CHOICES)(text === 'jpg' ? 'jpeg' : text),
    )
    .option('-o, --out <path>', 'a file, a folder, or "-" (default: standard output)')
    .option(
      '--refine <method>',
      'none; crf: sharpen the map along the edges of the image; contour-crf: along found contours too',
      choice('--refine', REFINE_CHOICES),
      'none',
    )
    .option('--threshold <t>', 'probability from which on a pixel is subject, or auto', threshold, 'auto')
    .option('--background <colour>', "under the subject, as '#rrggbb' or '#rrggbbaa'", (text: string) =>
      parseColour(text, '--background'),
    )
    .option('--crop', 'cut the output to the subject')
    .option('--margin <percent>', 'free space around the subject, of its longer side (default: 5)', margin)
    .option('--ratio <w:h>', 'width to height of the crop, such as 16:9', (text: string) =>
      parseRatio(text, '--ratio'),
    )
    .option(
      '--max-side <n>',
      'scale pictures down to sides of at most so many pixels first',
      integer('--max-side', 16, 65535),
    )
    .option(
      '--quality <n>',
      'of JPEG, WebP and AVIF, 1 to 100 (default: 90; AVIF 70)',
      integer('--quality', 1, 100),
    )
    .option(
      '--jobs <n>',
      'images to work on at a time (default: as many as threads, at most 4)',
      integer('--jobs', 1, 256),
    )
    .option('--threads <n>', 'threads (default: one a processor core)', integer('--threads', 1, 1024))
    .option('--model <folder>', 'use the model in this folder');
  withImageLimits(command, { pixels: 100_000_000, bytes: 268_435_456 });
  withPrecision(command).addHelpText('after', EXAMPLES).action(run);
}

function threshold(text: string): Threshold {
  if (text === 'auto') return 'auto';
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value > 0 && value <= 1) return value;
  throw expected('invalid_argument', 'auto or a number above 0 and at most 1', '--threshold', text);
}

/** Percent as people write it, to a share. */
const margin = (text: string) => decimal('--margin', 0, 1000)(text.replace(/\s*%\s*$/, '')) / 100;

async function run(inputs: string[], flags: SaliencyFlags): Promise<void> {
  const [{ runSaliency }, { openNamedModel }, { onTerminal }] = await Promise.all([
    import('../../saliency/run-saliency.js'),
    import('../../saliency/open-model.js'),
    import('../terminal-run.js'),
  ]);
  if ((flags.out ?? '-') === '-' && flags.output !== 'json' && process.stdout.isTTY)
    throw new PocketlensError('usage', 'Expected a file or a pipe for a picture but received a terminal.', {
      remedy: 'Name a file with -o.',
    });
  const threads = flags.threads ?? availableParallelism();
  const options: SaliencyOptions = {
    inputs,
    ...(flags.output && { output: flags.output }),
    ...(flags.format && { format: flags.format }),
    ...(flags.quality !== undefined && { quality: flags.quality }),
    ...(flags.maxSide !== undefined && { maxSide: flags.maxSide }),
    ...(flags.out !== undefined && { path: flags.out }),
    ...(flags.background && { background: flags.background }),
    ...cropOptions(flags),
    refine: flags.refine,
    threshold: flags.threshold,
    jobs: flags.jobs ?? Math.min(threads, MOST_DEFAULT_JOBS),
    limits: {
      threads,
      ...(flags.maxPixels && { maxPixels: flags.maxPixels }),
      ...(flags.maxBytes && { maxBytes: flags.maxBytes }),
    },
  };
  await onTerminal<SaliencyResult>(inputs, describe, (environment) =>
    runSaliency(options, {
      ...environment,
      openModel: async () => {
        const folder = await modelFolderOf(flags, flags.model, 'saliency');
        return openNamedModel({
          threads,
          signal: environment.signal,
          ...(folder !== undefined && { folder }),
        });
      },
    }),
  );
}

/** A margin or a ratio is a wish for a crop, too. */
function cropOptions({ crop, margin, ratio }: SaliencyFlags): Pick<SaliencyOptions, 'crop'> {
  if (!crop && margin === undefined && !ratio) return {};
  return { crop: { ...(margin !== undefined && { margin }), ...(ratio && { ratio }) } };
}

function describe({ file, result, seconds }: InputProgress<SaliencyResult>): string {
  if (!result) return `${file}: failed after ${seconds.toFixed(2)} s`;
  const { infer, refine, resize } = result.subject.timings;
  const stages = `inferred in ${infer.toFixed(0)} ms, refined in ${refine.toFixed(0)}, resized in ${resize.toFixed(0)}`;
  return `${file}: ${seconds.toFixed(2)} s (${stages})`;
}
