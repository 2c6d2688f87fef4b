/** `pocketlens bench compression`: what each pass costs and brings on each of our models, and what ships beside its parent. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { expected } from '../../../models/base/errors.js';
import { openTask, type TaskFlags, withTask } from '../compress-flags.js';
import { openReport, type ReportFlags, withWrite } from '../report.js';
import { choices, decimal } from '../values.js';

const MODELS = ['recognizer', 'detector', 'saliency'] as const;

interface Flags extends TaskFlags, ReportFlags {
  readonly models?: readonly (typeof MODELS)[number][];
  readonly weights?: string;
  readonly shipped?: true;
  readonly minutes: number;
  readonly run: string;
  readonly seconds: number;
}

/** A table each, so that one model may be measured anew. */
const regionOf = (model: string, shipped = false) => `bench:compression-${model}${shipped ? '-shipped' : ''}`;

/** Adds the command to the group `bench`. */
export function registerCompression(bench: Command): void {
  const command = bench
    .command('compression')
    .description('what each compression pass costs and brings on each of our models')
    .option('--models <names>', `of ${MODELS.join(', ')} (default: all)`, choices('--models', MODELS))
    .option('--weights <dir>', 'folder of model folders to start from (default: what is shipped)')
    .option(
      '--shipped',
      `in place of the passes: what is shipped, beside the float models of --weights (to ${regionOf('MODEL', true)})`,
    )
    .option(
      '--minutes <m>',
      'train so long in each of the variants that need it; 0: leave them out',
      decimal('--minutes', 0, 1e5),
      0,
    )
    .option('--run <dir>', 'folder of the runs; those that are cut short go on', 'runs/bench-compression')
    .option(
      '--seconds <s>',
      'most seconds of timing for each number of threads',
      decimal('--seconds', 1, 3600),
      60,
    );
  withWrite(withTask(command), regionOf('MODEL')).action(run);
}

async function run(flags: Flags): Promise<void> {
  const [
    { readModel },
    { openModelSource },
    { modelFolder },
    { QUICK_VARIANTS, shippedVariants, trainedVariants },
    { measureVariants },
    { variantsTable },
    { interruptible },
    { ui },
  ] = await Promise.all([
    import('../../train/compression/model-file.js'),
    import('../../bundle/build/model-source.js'),
    import('../../../models/runtime/model-folder.js'),
    import('../../train/bench/compression/variants.js'),
    import('../../train/bench/compression/measure-variants.js'),
    import('../../train/bench/compression/variants-table.js'),
    import('../interrupt.js'),
    import('../ui.js'),
  ]);
  const { minutes, weights, shipped = false } = flags;
  if (shipped && weights === undefined) {
    throw expected('invalid_argument', '--weights', '--shipped', 'nothing to compare with', {
      remedy: 'Give the folder of the float models that the shipped ones were made of.',
    });
  }
  const models = flags.models ?? MODELS;
  const reports = await Promise.all(models.map((model) => openReport(flags, regionOf(model, shipped))));
  await interruptible(async (signal) => {
    for (const [i, model] of models.entries()) {
      const read = await readModel(weights === undefined ? model : join(weights, model));
      const ships = shipped ? await openModelSource(modelFolder(model)) : undefined;
      const folder = join(flags.run, shipped ? 'shipped' : '', model);
      const { task, judgedBy, every } = await openTask(read, flags, join(folder, 'tune'), signal);
      const measured = await measureVariants({
        model,
        graph: read.graph,
        task: task!,
        variants: ships
          ? shippedVariants((await readModel(model)).graph, ships.deployed, minutes)
          : [...QUICK_VARIANTS, ...(minutes > 0 ? trainedVariants(minutes) : [])],
        folder,
        judgedBy,
        seed: flags.seed,
        latencySeconds: flags.seconds,
        signal,
        note: (text) => ui.note(text),
      });
      const table = variantsTable(measured, {
        share: every === 1 ? 'all dev samples' : `one of ${every} dev samples`,
        minutes,
        ...(read.card && { parent: read.card.version }),
        ...(ships && { shipped: ships.card.version }),
      });
      await reports[i]!(table);
    }
  });
}
