/** `pocketlens train pack`: training samples as files, for trainers that run elsewhere. */
import type { Command } from 'commander';
import { interruptible } from './interrupt.js';
import { startProgress } from './progress.js';
import { ui } from './ui.js';
import { choice, integer } from './values.js';

interface PackFlags {
  readonly config: string;
  readonly output: string;
  readonly samples?: number;
  readonly workers: number;
  readonly fonts?: string;
  readonly corpus?: string;
  readonly textures?: string;
}

const MODELS = ['detector', 'saliency'] as const;
/** Squares of the detector, of which there is no end. */
const SQUARES = 5200;

export function registerPack(train: Command): void {
  train
    .command('pack')
    .description('write training samples as small images, to distill with PyTorch (see apps/train/torch)')
    .argument('<model>', MODELS.join(' or '), choice('<model>', MODELS))
    .requiredOption('--config <file>', 'run configuration (JSON; see apps/train/configs)')
    .requiredOption('-o, --output <dir>', 'folder to write')
    .option(
      '--samples <n>',
      `so many samples (default: all photographs; ${SQUARES} squares of pages)`,
      integer('--samples', 1, 999_999),
    )
    .option('--workers <n>', 'threads that render pages', integer('--workers', 0, 64), 2)
    .option('--fonts <dir>', 'fonts to render with')
    .option('--corpus <dir>', 'text to render')
    .option('--textures <dir>', 'backgrounds to render on')
    .action(async (model: (typeof MODELS)[number], flags: PackFlags) => {
      const { readRunConfig } = await import('../train/run-config.js');
      const config = await readRunConfig(flags.config);
      const count = await interruptible((signal) =>
        model === 'saliency' ? packPhotos(config, flags, signal) : packSquares(config, flags, signal),
      );
      ui.note(`Wrote ${count} samples to ${flags.output}.`);
    });
}

async function packPhotos(config: unknown, flags: PackFlags, signal: AbortSignal): Promise<number> {
  const [{ parseRun }, { saliencyRunSchema }, { loadLabelledPhotos }, { packSaliency }] = await Promise.all([
    import('../train/run-config.js'),
    import('../train/saliency-run.js'),
    import('../train/saliency-data.js'),
    import('../train/pack/pack-saliency.js'),
  ]);
  const { data } = parseRun(saliencyRunSchema, config);
  const photos = loadLabelledPhotos(data).slice(0, flags.samples);
  const bar = await startProgress(photos.length, 'photographs');
  try {
    await packSaliency({ photos, output: flags.output, signal, onSample: (done) => bar.update(done) });
  } finally {
    bar.stop();
  }
  return photos.length;
}

async function packSquares(config: unknown, flags: PackFlags, signal: AbortSignal): Promise<number> {
  const [{ parseRun }, { detectorRunSchema }, { openSquares }, { packDetector }, { renderingFolders }] =
    await Promise.all([
      import('../train/run-config.js'),
      import('../train/detector-run.js'),
      import('../train/detector-data.js'),
      import('../train/pack/pack-detector.js'),
      import('./data-folders.js'),
    ]);
  const { output, workers, samples: count = SQUARES } = flags;
  const run = parseRun(detectorRunSchema, config);
  const squares = await openSquares(run, await renderingFolders(flags), { workers, from: 0, seed: run.seed });
  const bar = await startProgress(count, 'squares');
  try {
    await packDetector({ squares, count, output, signal, onSample: (done) => bar.update(done) });
  } finally {
    bar.stop();
    await squares.close();
  }
  return count;
}
