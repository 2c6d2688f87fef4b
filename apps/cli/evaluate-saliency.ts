/** `pocketlens evaluate saliency`: figures of saliency maps on images with masks. */
import type { Command } from 'commander';
import { PocketlensError } from '../../models/base/errors.js';
import type { Refinement } from '../saliency/find-subject.js';
import type { SaliencyEvaluation } from '../train/bench/evaluate-saliency.js';
import { REFINE_CHOICES } from './commands/saliency.js';
import { openableFolder } from './precision.js';
import { choice, integer } from './values.js';

interface Flags {
  readonly data?: string;
  readonly set?: string[];
  readonly model?: string;
  readonly graph?: string;
  readonly maps?: string;
  readonly refine: Refinement;
  readonly threads: number;
  readonly predictions?: string;
  readonly plot?: string;
  readonly json: boolean;
}

const NOTES = `
A set is a folder with images/ (any format that is read) and masks/ (ID.png for the image ID, foreground from half on).
Without --data it is all sets below saliency/dev of the data sets. --json adds precision and recall at the 256 thresholds.

Examples:
  pocketlens evaluate saliency --refine crf --plot curves.svg
  pocketlens evaluate saliency --data photographs/ --predictions maps/
  pocketlens evaluate saliency --data photographs/ --maps another-programs-maps/`;

/** Adds the command to the group `evaluate`. */
export function registerSaliency(evaluate: Command): void {
  evaluate
    .command('saliency')
    .description('find what stands out in images whose objects are masked')
    .option(
      '--data <dir>',
      'a set, a folder of sets, or the data folder (default: POCKETLENS_DATA, else ./data)',
    )
    .option('--set <name...>', 'measure on these sets only')
    .option('--model <dir>', 'use the saliency network in this folder (default: what is shipped)')
    .option('--graph <file>', 'use a float graph (.safetensors) of a training run instead')
    .option('--maps <dir>', 'measure the maps (ID.png or SET/ID.png) in this folder, and run no model')
    .option('--refine <how>', REFINE_CHOICES.join(', '), choice('--refine', REFINE_CHOICES), 'none')
    .option('--threads <n>', 'threads a model runs on', integer('--threads', 1, 1024), 1)
    .option('--predictions <dir>', 'write the maps: SET/ID.png')
    .option('--plot <file>', 'draw precision against recall (.svg or .png)')
    .option('--json', 'print JSON instead of a table', false)
    .addHelpText('after', NOTES)
    .action(evaluateSaliency);
}

async function evaluateSaliency(flags: Flags): Promise<void> {
  const { maps, model, graph, refine, predictions, plot, data, set } = flags;
  if (maps !== undefined && (model !== undefined || graph !== undefined || refine !== 'none'))
    throw new PocketlensError(
      'usage',
      'Expected --maps without --model, --graph and --refine: it runs no model.',
    );
  const [
    bench,
    { loadSaliencySet },
    { selectSaliencySets },
    figures,
    { interruptible },
    { startProgress },
    { ui, writeTo },
  ] = await Promise.all([
    import('../train/bench/evaluate-saliency.js'),
    import('../train/scoring/saliency/labelled-set.js'),
    import('../train/bench/saliency-sets.js'),
    import('../train/render-svg.js'),
    import('./interrupt.js'),
    import('./progress.js'),
    import('./ui.js'),
  ]);
  if (plot !== undefined) figures.checkFigurePath(plot, '--plot');
  const sets = selectSaliencySets({ ...(data !== undefined && { data }), ...(set && { names: set }) });
  const opened = maps === undefined ? await openModel(flags) : undefined;
  let bar: Awaited<ReturnType<typeof startProgress>> | undefined;
  try {
    const evaluations = await interruptible(async (signal) => {
      const source = opened ? bench.mapsOfModel(opened, refine, signal) : bench.mapsInFolder(maps as string);
      const images = sets.flatMap(({ folder }) => loadSaliencySet(folder).samples).length;
      bar = await startProgress(images, 'images');
      return bench.evaluateSaliency(
        predictions === undefined ? source : bench.writingMaps(source, predictions),
        sets,
        { signal, onImage: (done, id) => bar?.update(done, id) },
      );
    });
    bar?.stop();
    for (const { id, missing } of evaluations)
      if (missing > 0) ui.note(`${id}: ${missing} maps are missing and count as black.`);
    if (plot !== undefined) {
      const { precisionRecallFigure } = await import('../train/bench/saliency-plot.js');
      await figures.writeFigure(plot, precisionRecallFigure(evaluations));
    }
    await writeTo(process.stdout, flags.json ? asJson(evaluations) : `${bench.saliencyTable(evaluations)}\n`);
  } finally {
    bar?.stop();
    await opened?.dispose();
  }
}

function asJson(evaluations: readonly SaliencyEvaluation[]): string {
  const plain = evaluations.map(({ id, score, missing, curve }) => ({
    id,
    ...score,
    missing,
    curve: { precision: [...curve.precision], recall: [...curve.recall] },
  }));
  return `${JSON.stringify(plain, null, 2)}\n`;
}

async function openModel({ model, graph, threads }: Flags) {
  if (graph !== undefined) {
    const [{ readModel }, { deployCompressed }] = await Promise.all([
      import('../train/compression/model-file.js'),
      import('../train/compression/saliency-task.js'),
    ]);
    return deployCompressed((await readModel(graph)).graph, threads);
  }
  const [{ openSaliency }, { modelFolder }] = await Promise.all([
    import('../../models/saliency/open-saliency.js'),
    import('../../models/runtime/model-folder.js'),
  ]);
  return openSaliency(model ? await openableFolder(model) : modelFolder('saliency'), { threads });
}
