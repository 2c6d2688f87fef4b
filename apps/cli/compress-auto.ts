/** `pocketlens compress auto`: searches passes and bit widths within a budget. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { AutoResult } from '../../compression/search/auto.js';
import { PocketlensError } from '../../models/base/errors.js';
import { makeFolder } from '../../models/base/make-folder.js';
import { nameOf, openTask, sizeOf, stageLine, type TaskFlags, withTask } from './compress-flags.js';
import { interruptible } from './interrupt.js';
import { ui } from './ui.js';
import { decimal, integer } from './values.js';

interface AutoFlags extends TaskFlags {
  readonly output?: string;
  readonly run?: string;
  readonly resume: boolean;
  readonly latency: boolean;
  readonly maxBytes?: number;
  readonly maxMs?: number;
  readonly maxLoss?: number;
  readonly minutes: number;
  readonly keep?: number[];
  readonly leastBits: number;
}

const NOTES = `
Bytes are those of the packed file; milliseconds those of one run in ONNX Runtime on one thread. With --max-bytes or
--max-ms the best quality within the budget wins, with --max-loss alone the smallest file.`;

export function registerCompressAuto(compress: Command): void {
  const command = compress
    .command('auto')
    .description('search passes and bit widths within a budget')
    .argument('<model>', 'as for compress')
    .option('--max-bytes <n>', 'largest file', integer('--max-bytes', 1))
    .option('--max-ms <n>', 'longest run', decimal('--max-ms', 0.001, 1e6))
    .option('--max-loss <points>', 'most points of quality to lose', decimal('--max-loss', 0, 100))
    .option('--minutes <m>', 'tune so long after each channel pruning', decimal('--minutes', 0, 1e5), 0)
    .option('--keep <shares>', 'shares of the MACs that pruning may keep, e.g. 1,0.5', shares)
    .option('--least-bits <n>', 'fewest bits of a weight', integer('--least-bits', 2, 8), 2)
    .option('-o, --output <path>', 'where the result goes; needed')
    .option('--run <dir>', 'folder of the search (default: runs/compress-<model>-auto)')
    .option('--resume', 'go on with the trials in the folder', false)
    .option('--no-latency', 'measure no latency of the result');
  withTask(command)
    .addHelpText('after', NOTES)
    .action((source: string, _own: unknown, self: Command) =>
      // `compress` has most of these options too, and takes them before this command sees them.
      auto(source, self.optsWithGlobals<AutoFlags>()),
    );
}

async function auto(source: string, flags: AutoFlags): Promise<void> {
  const { output, maxBytes, maxMs, maxLoss } = flags;
  if (output === undefined) {
    throw new PocketlensError('usage', 'Expected --output but received none.', {
      remedy: 'Run "pocketlens compress auto --help".',
    });
  }
  if (maxBytes === undefined && maxMs === undefined && maxLoss === undefined) {
    throw new PocketlensError('usage', 'Expected a budget but received none.', {
      remedy: 'Give --max-bytes, --max-ms or --max-loss.',
    });
  }
  const { checkOutput, readModel, writeModel } = await import('../train/compression/model-file.js');
  const model = await readModel(source, flags.inputShape);
  for (const note of model.notes ?? []) ui.note(note);
  checkOutput(output, source, model.card !== undefined);
  const folder = flags.run ?? join('runs', `compress-${nameOf(source)}-auto`);
  const { openTrialStore } = await import('../train/compression/trial-store.js');
  const { autoCompress } = await import('../../compression/search/auto.js');
  const { parseRecipe } = await import('../../compression/recipe.js');
  const { runCompress } = await import('../train/compression/run-compress.js');
  const { result, found } = await interruptible(async (signal) => {
    const { task, judgedBy, every } = await openTask(model, flags, join(folder, 'tune'), signal);
    if (!task || flags.evaluate === 'none') {
      throw new PocketlensError('usage', 'Expected something to judge trials by but there is none.', {
        remedy: 'Give pictures or .npy files by --data, and leave --evaluate none out.',
      });
    }
    const store = await openTrialStore(folder, model.graph, judgedBy, flags.resume);
    const note = (text: string) => ui.note(text);
    const found = await autoCompress(
      model.graph,
      {
        ...(maxBytes !== undefined && { maxBytes }),
        ...(maxMs !== undefined && { maxMs }),
        ...(maxLoss !== undefined && { maxLoss }),
      },
      {
        minutes: flags.minutes,
        leastBits: flags.leastBits,
        ...(flags.keep && { keeps: flags.keep }),
      },
      { task, seed: flags.seed, signal, note, store },
    );
    await keepSearch(folder, found);
    const recipe = parseRecipe(found.recipe);
    // What was pruned and tuned for the trial is not pruned and tuned again.
    const steps = recipe.steps.map((step, i) =>
      step.pass.name === 'prune-channels'
        ? { ...step, pass: found.prunedPass(step.pass, found.recipe.passes.slice(0, i + 1)) }
        : step,
    );
    const result = await runCompress({
      model,
      source,
      recipe: { ...recipe, steps },
      task,
      evaluate: true,
      judgedBy,
      every,
      folder: join(folder, 'best'),
      resume: true,
      seed: flags.seed,
      timed: flags.latency,
      signal,
      note,
      onStage: (stage, resumed) => ui.note(stageLine(stage, resumed)),
    });
    return { result, found };
  });
  await writeModel(output, result.written);
  ui.note(
    `Best of ${found.trials.length} trials: ${found.best.bytes} bytes, quality ${found.best.quality!.toFixed(2)}. Wrote it to ${output}${sizeOf(output)}; the run is in ${join(folder, 'best')}.`,
  );
}

/** The recipe that won and the sensitivity of the layers, for people. */
async function keepSearch(
  folder: string,
  { recipe, trials, sensitivity, parentQuality }: AutoResult,
): Promise<void> {
  await makeFolder(folder);
  await writeFile(join(folder, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
  const search = { parentQuality, sensitivity, trials };
  await writeFile(join(folder, 'search.json'), `${JSON.stringify(search, null, 1)}\n`);
}

function shares(text: string): number[] {
  const one = decimal('--keep', 0.01, 1);
  return text.split(',').map((part) => one(part));
}
