/** `pocketlens bench decoders`: trains the recognizer's decoders under equal time and compares them. */
import type { Command } from 'commander';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { decimal, integer } from '../values.js';

interface Flags extends ReportFlags {
  readonly minutes: number;
  readonly run: string;
  readonly config?: string;
  readonly workers: number;
}

const REGION = 'bench:decoders';

/** Adds the command to the group `bench`. */
export function registerDecoders(bench: Command): void {
  const command = bench
    .command('decoders')
    .description(
      'train the recurrent and the convolutional decoder, with and without alpha-compositing, and compare',
    )
    .option('--minutes <m>', 'training time of each of the four', decimal('--minutes', 0.01, 100_000), 60)
    .option('--run <dir>', 'folder of the runs; those that are cut short go on', 'runs/decoders')
    .option('--config <file>', 'run configuration that the four share')
    .option('--workers <n>', 'rendering threads', integer('--workers', 0, 64), 1);
  withWrite(command, REGION).action(compare);
}

async function compare(flags: Flags): Promise<void> {
  const [{ loadEngine }, { compareDecoders, decoderTable }, { renderingFolders }, { interruptible }, { ui }] =
    await Promise.all([
      import('../../../models/engine/load-engine.js'),
      import('../../train/bench/compare-decoders.js'),
      import('../data-folders.js'),
      import('../interrupt.js'),
      import('../ui.js'),
    ]);
  const report = await openReport(flags, REGION);
  const { readRunConfig } = await import('../../train/run-config.js');
  const config =
    flags.config === undefined ? {} : ((await readRunConfig(flags.config)) as Record<string, unknown>);
  await loadEngine();
  const folders = await renderingFolders({});
  const results = await interruptible((signal) =>
    compareDecoders({
      folder: flags.run,
      minutes: flags.minutes,
      config,
      folders,
      session: { workers: flags.workers, signal },
      onVariant: ({ name }) => ui.note(`${name} …`),
    }),
  );
  await report(decoderTable(results));
}
